// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0

// The workloads in Go: goroutines and channels in place of processes and mailboxes. What Go has no counterpart for
// (selective receive) is left out.
//
//	GOMAXPROCS=N bench WORKLOAD key=value ...
//
// Prints one line of JSON: workload, params, metrics as [name, unit, value], check. A wrong answer ends it with status 1.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
)

type metric [3]any

type params map[string]int

func (p params) get(key string, otherwise int) int {
	if value, ok := p[key]; ok {
		return value
	}
	return otherwise
}

var workloads = map[string]func(string, params) ([]metric, string){
	"spawn_exit":     spawnExit,
	"spawn_alive":    spawnAlive,
	"spawn_alive_1m": spawnAlive,
	"fib":            processFib,
	"ring":           ring,
	"threadring":     ring,
	"pingpong":       pingpong,
	"fan_in":         fanIn,
	"fan_in_1":       fanIn,
	"counting":       counting,
	"all_to_all":     allToAll,
	"big":            big,
	"chameneos":      chameneos,
	"payload_tuple":  payload,
	"payload_1k":     payload,
	"payload_1m":     payload,
	"call_1":         call,
	"call_50":        call,
	"timers":         timers,
	"fairness":       fairness,
	"compute_par":    computePar,

	"compute_fib":       recursion,
	"compute_nqueens":   nqueens,
	"compute_mandel":    mandelbrot,
	"compute_sort":      sortNumbers,
	"compute_wordcount": wordCount,
}

func main() {
	name := os.Args[1]
	run, ok := workloads[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "no such workload: "+name)
		os.Exit(2)
	}
	p := params{}
	for _, pair := range os.Args[2:] {
		key, text, _ := strings.Cut(pair, "=")
		value, err := strconv.Atoi(text)
		want(err == nil, pair+" is not key=number")
		p[key] = value
	}
	metrics, check := run(name, p)
	line, err := json.Marshal(map[string]any{"workload": name, "params": p, "metrics": metrics, "check": check})
	want(err == nil, "a number that JSON cannot hold")
	fmt.Println(string(line))
}

func want(ok bool, what string) {
	if !ok {
		fmt.Fprintln(os.Stderr, "failed: "+what)
		os.Exit(1)
	}
}

func seconds(since time.Time) float64 { return time.Since(since).Seconds() }

func rss() int {
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, "VmRSS:") {
			kib, _ := strconv.Atoi(strings.Fields(line)[1])
			return kib * 1024
		}
	}
	return 0
}

// The generator of every system; values are x >> 8.
func lcg(x uint32) uint32 { return (x*1103515245 + 12345) & 0x7fffffff }

func least(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func sorted(values []int64) []int64 {
	sort.Slice(values, func(i, j int) bool { return values[i] < values[j] })
	return values
}

func percentile(sorted []int64, q float64) float64 {
	i := int(q*float64(len(sorted))+0.999999) - 1
	if i < 0 {
		i = 0
	}
	return float64(sorted[least(i, len(sorted)-1)])
}

func fib(n int) int {
	if n <= 2 {
		return 1
	}
	return fib(n-1) + fib(n-2)
}
