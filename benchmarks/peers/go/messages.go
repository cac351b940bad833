// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0

// Messages: how fast they go from one goroutine to another, alone and with something in them. Payloads go by reference.
package main

import (
	"bytes"
	"fmt"
	"time"
)

func ring(_ string, p params) ([]metric, string) {
	procs, hops := p.get("procs", 1000), p.get("hops", 5000000)
	mailboxes := make([]chan int, procs)
	for i := range mailboxes {
		mailboxes[i] = make(chan int)
	}
	done := make(chan int)
	node := func(in, out chan int, id int) {
		for {
			k := <-in
			if k == 0 {
				done <- id
				return
			}
			out <- k - 1
		}
	}
	for i := range mailboxes {
		go node(mailboxes[i], mailboxes[(i+1)%procs], i+1)
	}
	time.Sleep(50 * time.Millisecond)
	t0 := time.Now()
	mailboxes[0] <- hops
	id := <-done
	s := seconds(t0)
	want(id == hops%procs+1, "the process it ended at")
	return []metric{{"hops", "hops/s", float64(hops) / s}}, fmt.Sprint(id)
}

func pingpong(_ string, p params) ([]metric, string) {
	n := p.get("n", 2000000)
	there, back := make(chan int), make(chan int)
	go func() {
		for x := range there {
			back <- x
		}
	}()
	t0 := time.Now()
	for i := 0; i < n; i++ {
		there <- i
		want(<-back == i, "the number that came back")
	}
	return []metric{{"round_trips", "round trips/s", float64(n) / seconds(t0)}}, fmt.Sprint(n)
}

type numbered struct{ id, k int }

func fanIn(_ string, p params) ([]metric, string) {
	senders, each := p.get("senders", 100), p.get("each", 20000)
	mailbox := make(chan numbered, 1024)
	done := make(chan int)
	start := make(chan int)
	go func() {
		sum := 0
		for i := 0; i < senders*each; i++ {
			sum += (<-mailbox).k
		}
		done <- sum
	}()
	for i := 0; i < senders; i++ {
		go func(id int) {
			<-start
			for k := each; k > 0; k-- {
				mailbox <- numbered{id, k}
			}
		}(i)
	}
	time.Sleep(50 * time.Millisecond)
	t0 := time.Now()
	close(start)
	sum := <-done
	s := seconds(t0)
	want(sum == senders*(each*(each+1)/2), "sum")
	return []metric{{"messages", "messages/s", float64(senders*each) / s}}, fmt.Sprint(sum)
}

func counting(_ string, p params) ([]metric, string) {
	n := p.get("n", 5000000)
	mailbox := make(chan int, 1024)
	out := make(chan int)
	go func() {
		count := 0
		for m := range mailbox {
			if m == 1 {
				count++
			} else {
				out <- count
			}
		}
	}()
	t0 := time.Now()
	for i := 0; i < n; i++ {
		mailbox <- 1
	}
	mailbox <- 0
	count := <-out
	s := seconds(t0)
	want(count == n, "count")
	return []metric{{"messages", "messages/s", float64(n) / s}}, fmt.Sprint(count)
}

type pinged struct {
	ping bool
	from int
}

func allToAll(_ string, p params) ([]metric, string) {
	n, rounds := p.get("procs", 500), p.get("rounds", 10)
	mailboxes := make([]chan pinged, n)
	starts := make([]chan int, n)
	done := make(chan int, n)
	for i := range mailboxes {
		mailboxes[i] = make(chan pinged, 2*n)
		starts[i] = make(chan int)
	}
	node := func(me int) {
		for range starts[me] {
			for i := range mailboxes {
				if i != me {
					mailboxes[i] <- pinged{true, me}
				}
			}
			for left := 2 * (n - 1); left > 0; left-- {
				if m := <-mailboxes[me]; m.ping {
					mailboxes[m.from] <- pinged{false, me}
				}
			}
			done <- 1
		}
	}
	for i := range mailboxes {
		go node(i)
	}
	time.Sleep(100 * time.Millisecond)
	t0 := time.Now()
	for k := 0; k < rounds; k++ {
		for _, start := range starts {
			start <- 1
		}
		for i := 0; i < n; i++ {
			<-done
		}
	}
	s := seconds(t0)
	messages := 2 * n * (n - 1) * rounds
	return []metric{{"messages", "messages/s", float64(messages) / s}}, fmt.Sprint(messages)
}

func big(_ string, p params) ([]metric, string) {
	pings, actors := p.get("pings", 20000), p.get("actors", 120)
	mailboxes := make([]chan pinged, actors)
	for i := range mailboxes {
		mailboxes[i] = make(chan pinged, 2*actors)
	}
	done := make(chan int, actors)
	actor := func(me int) {
		x := uint32(me*7919 + 1)
		left := pings
		ping := func() {
			x = lcg(x)
			mailboxes[int(x>>8)%actors] <- pinged{true, me}
		}
		ping()
		for m := range mailboxes[me] {
			if m.ping {
				mailboxes[m.from] <- pinged{false, me}
			} else if left--; left == 0 {
				done <- 1
			} else {
				ping()
			}
		}
	}
	t0 := time.Now()
	for i := range mailboxes {
		go actor(i)
	}
	for i := 0; i < actors; i++ {
		<-done
	}
	s := seconds(t0)
	messages := 2 * pings * actors
	return []metric{{"messages", "messages/s", float64(messages) / s}}, fmt.Sprint(messages)
}

type kind int

const (
	meet kind = iota
	change
	leave
	count
)

type encounter struct {
	kind   kind
	colour int // or, of a count, the number of meetings
	from   chan encounter
}

func complement(a, b int) int {
	if a == b {
		return a
	}
	return 3 - a - b
}

func creature(mall chan encounter, colour int) {
	mailbox := make(chan encounter, 4)
	meetings := 0
	mall <- encounter{meet, colour, mailbox}
	for m := range mailbox {
		if m.kind == leave {
			mall <- encounter{count, meetings, nil}
			return
		}
		meetings++
		if m.kind == meet {
			colour = complement(colour, m.colour)
			m.from <- encounter{change, colour, nil}
		} else {
			colour = m.colour
		}
		mall <- encounter{meet, colour, mailbox}
	}
}

func chameneos(_ string, p params) ([]metric, string) {
	n, meetings := p.get("chameneos", 100), p.get("meetings", 1000000)
	mall := make(chan encounter, 2*n)
	t0 := time.Now()
	for i := 0; i < n; i++ {
		go creature(mall, i%3)
	}
	left, faded, sum := meetings, 0, 0
	var waiting chan encounter
	for faded < n {
		m := <-mall
		switch {
		case m.kind == count:
			faded++
			sum += m.colour
		case left == 0:
			m.from <- encounter{kind: leave}
		case waiting == nil:
			waiting = m.from
		default:
			waiting <- m
			waiting = nil
			left--
		}
	}
	s := seconds(t0)
	want(sum == 2*meetings, "meetings")
	return []metric{{"meetings", "meetings/s", float64(meetings) / s}}, fmt.Sprint(sum)
}

type row struct {
	id   int
	rest []any
}

func payload(name string, p params) ([]metric, string) {
	n := p.get("n", 500000)
	var data any
	size := 800
	switch name {
	case "payload_tuple":
		var rows []row
		for i := 1; i <= 100; i += 5 {
			rows = append(rows, row{i, []any{i + 1, i + 2, [2]int{i + 3, i + 4}}})
		}
		data = rows
	case "payload_1k":
		size = 1024
		data = bytes.Repeat([]byte{7}, size)
	case "payload_1m":
		size = 1 << 20
		data = bytes.Repeat([]byte{7}, size)
	}
	there, back := make(chan any), make(chan any)
	go func() {
		for x := range there {
			back <- x
		}
	}()
	t0 := time.Now()
	for i := 0; i < n; i++ {
		there <- data
		if returned, ok := (<-back).([]byte); ok {
			want(len(returned) == size, "size")
		}
	}
	s := seconds(t0)
	bandwidth := 2 * float64(n) * float64(size) / s / 1e6
	return []metric{{"round_trips", "round trips/s", float64(n) / s}, {"bandwidth", "MB/s", bandwidth}}, fmt.Sprint(n)
}
