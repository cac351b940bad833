// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0

// Calls, timers, fairness, and what a second thread gives.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

type request struct {
	x     int
	reply chan int
}

func call(_ string, p params) ([]metric, string) {
	clients, each := p.get("clients", 1), p.get("each", 1000000)
	server := make(chan request, 64)
	total := 0
	go func() {
		for r := range server {
			total++
			r.reply <- r.x
		}
	}()
	t0 := time.Now()
	var group sync.WaitGroup
	for i := 0; i < clients; i++ {
		group.Add(1)
		go func() {
			reply := make(chan int, 1)
			for k := 0; k < each; k++ {
				server <- request{k, reply}
				want(<-reply == k, "reply")
			}
			group.Done()
		}()
	}
	group.Wait()
	s := seconds(t0)
	want(total == clients*each, "total")
	return []metric{{"calls", "calls/s", float64(total) / s}}, fmt.Sprint(total)
}

func timers(_ string, p params) ([]metric, string) {
	n, longest := p.get("n", 1000000), p.get("max_ms", 1000)
	mailbox := make(chan time.Time, 4096)
	lates := make([]int64, 0, n)
	expect := make(chan int)
	done := make(chan int)
	go func() {
		expected := -1
		for expected < 0 || len(lates) < expected {
			select {
			case due := <-mailbox:
				lates = append(lates, int64(time.Since(due)))
			case expected = <-expect:
			}
		}
		done <- len(lates)
	}()
	t0 := time.Now()
	x := uint32(42)
	cancelled := 0
	batch := make([]*time.Timer, 0, 1000)
	for left := n; left > 0; left -= len(batch) {
		batch = batch[:0]
		for i := least(left, 1000); i > 0; i-- {
			x = lcg(x)
			wait := time.Duration(int(x>>8)%longest+1) * time.Millisecond
			due := time.Now().Add(wait)
			batch = append(batch, time.AfterFunc(wait, func() { mailbox <- due }))
		}
		for i := 0; i+1 < len(batch); i += 2 {
			if batch[i].Stop() {
				cancelled++
			}
		}
	}
	started := seconds(t0)
	expect <- n - cancelled
	fired := <-done
	total := seconds(t0)
	want(fired == n-cancelled, "fired")
	sorted(lates)
	return []metric{{"timer_ops", "ops/s", float64(n+n/2) / started}, {"total", "s", total},
		{"late_p50", "ms", percentile(lates, .5) / 1e6}, {"late_p99", "ms", percentile(lates, .99) / 1e6},
		{"late_max", "ms", percentile(lates, 1) / 1e6}}, fmt.Sprint(fired + cancelled)
}

var never int

func fairness(_ string, p params) ([]metric, string) {
	busy, pings, longest := p.get("busy", 100), p.get("pings", 10000), p.get("max_s", 5)
	for i := 0; i < busy; i++ {
		go func() {
			for k := 0; ; k = (k + 1) & 0xffffff {
				if k == -1 {
					never++ // keeps the loop in the program
				}
			}
		}()
	}
	there, back := make(chan int), make(chan int)
	go func() {
		for x := range there {
			back <- x
		}
	}()
	time.Sleep(300 * time.Millisecond)
	deadline := time.Now().Add(time.Duration(longest) * time.Second)
	var times []int64
	for i := 0; i < pings; i++ {
		t0 := time.Now()
		there <- i
		<-back
		t1 := time.Now()
		times = append(times, int64(t1.Sub(t0)))
		if t1.After(deadline) {
			break
		}
	}
	sorted(times)
	return []metric{{"p50", "us", percentile(times, .5) / 1e3}, {"p99", "us", percentile(times, .99) / 1e3},
		{"max", "us", percentile(times, 1) / 1e3}, {"pings", "pings", len(times)}}, "ok"
}

func computePar(_ string, p params) ([]metric, string) {
	n, procs := p.get("n", 32), p.get("procs", 64)
	together := func() (int, float64) {
		results := make(chan int, procs)
		t0 := time.Now()
		for i := 0; i < procs; i++ {
			go func() { results <- fib(n) }()
		}
		sum := 0
		for i := 0; i < procs; i++ {
			sum += <-results
		}
		return sum, seconds(t0)
	}
	all := runtime.GOMAXPROCS(1)
	sum, one := together()
	runtime.GOMAXPROCS(all)
	again, many := together()
	want(sum == again, "sum")
	calls := float64(2*sum - procs)
	return []metric{{"speedup", "x", one / many}, {"calls", "calls/s", calls / many},
		{"calls_one_scheduler", "calls/s", calls / one}}, fmt.Sprint(sum)
}
