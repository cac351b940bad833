// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0

// Birth and death of goroutines, and what a waiting one takes. Go tells nobody how a goroutine ended: a WaitGroup counts.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

func spawnExit(_ string, p params) ([]metric, string) {
	n, alive := p.get("n", 1000000), p.get("alive", 10000)
	t0 := time.Now()
	done := 0
	for done < n {
		k := least(n-done, alive)
		var group sync.WaitGroup
		group.Add(k)
		for i := 0; i < k; i++ {
			go func() { group.Done() }()
		}
		group.Wait()
		done += k
	}
	return []metric{{"spawns", "spawns/s", float64(n) / seconds(t0)}}, fmt.Sprint(done)
}

func spawnAlive(_ string, p params) ([]metric, string) {
	n := p.get("n", 200000)
	runtime.GC()
	before := rss()
	t0 := time.Now()
	mailboxes := make([]chan int, n)
	pong := make(chan int, 1024)
	for i := range mailboxes {
		mailbox := make(chan int)
		mailboxes[i] = mailbox
		go func() {
			for m := range mailbox {
				pong <- m
			}
		}()
	}
	s := seconds(t0)
	time.Sleep(300 * time.Millisecond)
	after := rss()
	go func() {
		for i, mailbox := range mailboxes {
			mailbox <- i
		}
	}()
	for got := 0; got < n; got++ {
		<-pong
	}
	bytes := float64(after-before) / float64(n)
	return []metric{{"spawns", "spawns/s", float64(n) / s}, {"bytes", "B/process", bytes}}, fmt.Sprint(n)
}

func goFib(n int, out chan int) {
	if n <= 2 {
		out <- 1
		return
	}
	parts := make(chan int, 2)
	go goFib(n-1, parts)
	go goFib(n-2, parts)
	out <- <-parts + <-parts
}

func processFib(_ string, p params) ([]metric, string) {
	n := p.get("n", 25)
	out := make(chan int, 1)
	t0 := time.Now()
	go goFib(n, out)
	f := <-out
	s := seconds(t0)
	want(f == fib(n), "fib")
	return []metric{{"processes", "processes/s", float64(2*f-1) / s}}, fmt.Sprint(f)
}
