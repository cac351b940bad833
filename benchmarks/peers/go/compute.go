// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"sort"
	"time"
)

// Work without messages.

func recursion(_ string, p params) ([]metric, string) {
	n := p.get("n", 27)
	t0 := time.Now()
	value := fib(n)
	s := seconds(t0)
	return []metric{{"calls", "calls/s", float64(2*value-1) / s}}, fmt.Sprint(value)
}

func isSafe(queen int, board []int) bool {
	for i := len(board) - 1; i >= 0; i-- {
		distance, other := len(board)-i, board[i]
		if other == queen || other == queen+distance || other == queen-distance {
			return false
		}
	}
	return true
}

func solutions(board []int, size int) int {
	if len(board) == size {
		return 1
	}
	found := 0
	for queen := size; queen > 0; queen-- {
		if isSafe(queen, board) {
			found += solutions(append(board, queen), size)
		}
	}
	return found
}

func nqueens(_ string, p params) ([]metric, string) {
	size := p.get("size", 8)
	t0 := time.Now()
	found := solutions(make([]int, 0, size), size)
	s := seconds(t0)
	return []metric{{"solutions", "solutions/s", float64(found) / s}}, fmt.Sprint(found)
}

func mandelbrot(_ string, p params) ([]metric, string) {
	size, iterations := p.get("size", 200), p.get("iters", 100)
	t0 := time.Now()
	total := 0
	for y := 0; y < size; y++ {
		cy := 2.0*float64(y)/float64(size) - 1.0
		for x := 0; x < size; x++ {
			cx := 2.0*float64(x)/float64(size) - 1.5
			zr, zi := 0.0, 0.0
			k := 0
			for ; k < iterations; k++ {
				a, b := zr*zr, zi*zi
				if a+b > 4.0 {
					break
				}
				zi = 2.0*zr*zi + cy
				zr = a - b + cx
			}
			total += k
		}
	}
	s := seconds(t0)
	return []metric{{"iterations", "iterations/s", float64(total) / s}}, fmt.Sprint(total)
}

func sortNumbers(_ string, p params) ([]metric, string) {
	n := p.get("n", 200000)
	numbers := make([]int, n)
	x := uint32(42)
	for i := range numbers {
		x = lcg(x)
		numbers[i] = int(x)
	}
	t0 := time.Now()
	sort.Ints(numbers)
	s := seconds(t0)
	check := 0
	for i, number := range numbers {
		check = (check + number*(i%7)) & 0x7fffffff
	}
	return []metric{{"sorted", "numbers/s", float64(n) / s}}, fmt.Sprint(check)
}

// Ten thousand words of three to ten letters, of which some are frequent; a line break behind each twelfth.
func text(size int) []byte {
	x := uint32(42)
	next := func() int { x = lcg(x); return int(x >> 8) }
	words := make([][]byte, 10000)
	for i := range words {
		words[i] = make([]byte, 3+next()%8)
		for j := range words[i] {
			words[i][j] = byte('a' + next()%26)
		}
	}
	var made bytes.Buffer
	for i := 0; size > 0; i++ {
		a, b := next()%10000, next()%10000
		word := words[a*b/10000]
		made.Write(word)
		if i%12 == 11 {
			made.WriteByte('\n')
		} else {
			made.WriteByte(' ')
		}
		size -= len(word) + 1
	}
	return made.Bytes()
}

func wordCount(_ string, p params) ([]metric, string) {
	data := text(p.get("bytes", 1000000))
	t0 := time.Now()
	counts := map[string]int{}
	for _, word := range bytes.Fields(data) {
		counts[string(word)]++
	}
	s := seconds(t0)
	total, most := 0, 0
	for _, count := range counts {
		total += count
		if count > most {
			most = count
		}
	}
	check := fmt.Sprintf("w%d_%d_%d", len(counts), total, most)
	return []metric{{"bandwidth", "MB/s", float64(len(data)) / s / 1e6}}, check
}
