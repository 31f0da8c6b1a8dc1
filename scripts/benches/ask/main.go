// Ask simulates a person who labels pictures as "graft label" asks for them, for
// the bench: the answers are the labels of a folder of features.
//
//	ask [-seeds N] [-most N] FOLDER…
//
// Asked for are the pictures of the split train; judged are those of val. For each
// folder it prints a JSON object a line: the accuracy after each answer, mean over
// the seeds, for questions in random order and in that of package active.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"

	"graft/extractor/features"
	"graft/head/active"
)

func main() {
	seeds := flag.Int("seeds", 10, "how many seeds")
	most := flag.Int("most", 0, "answers at most; 0: all")
	flag.Parse()
	for _, dir := range flag.Args() {
		s, err := read(dir)
		if err == nil {
			err = json.NewEncoder(os.Stdout).Encode(s.run(*seeds, *most))
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "ask: %v\n", err)
			os.Exit(1)
		}
	}
}

// A set is a folder of features: all rows in one pool.
type set struct {
	name       string
	pool       active.Pool
	keys       [][32]byte
	y          []int
	classes    int
	train, val []int // rows
}

func read(dir string) (*set, error) {
	store, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	table, err := store.ReadTable(features.SamplesTable)
	if err != nil {
		return nil, err
	}
	rows, err := store.Set(table)
	if err != nil {
		return nil, err
	}
	s := &set{name: dir, pool: active.Pool{X: make([]float32, rows.Len()*rows.Dim()), D: rows.Dim()}, classes: len(rows.Labels)}
	for i := range rows.Len() {
		if err := rows.Row(i, s.pool.Row(i)); err != nil {
			return nil, err
		}
		s.keys, s.y = append(s.keys, rows.Key(i)), append(s.y, rows.Label(i))
		if rows.Records[i].Split == "val" {
			s.val = append(s.val, i)
		} else {
			s.train = append(s.train, i)
		}
	}
	return s, nil
}

// A result is what the bench reads.
type result struct {
	Folder  string      `json:"folder"`
	Full    float64     `json:"full"` // accuracy with all labels
	Classes int         `json:"classes"`
	Train   int         `json:"train"`
	Val     int         `json:"val"`
	Random  [][]float64 `json:"random"` // of each seed, accuracy after n answers
	Asked   [][]float64 `json:"asked"`
	Tests   []test      `json:"tests"`
}

// A test is what was known of the accuracy at some moment, and what it was.
type test struct {
	Seed    int     `json:"seed"`
	Answers int     `json:"answers"`
	True    float64 `json:"true"`    // on val, and on what was set aside and not asked for
	Honest  [2]int  `json:"honest"`  // right and all of the pictures set aside that were asked for
	Crossed [2]int  `json:"crossed"` // by cross-validation on those that are trained on
	More    int     `json:"more"`    // the forecast: labels for one point more; −1: none, 0: not known
}

func (s *set) run(seeds, most int) *result {
	r := &result{Folder: s.name, Classes: s.classes, Train: len(s.train), Val: len(s.val)}
	if most == 0 || most > len(s.train) {
		most = len(s.train)
	}
	l := &active.Learner{Scale: active.NewScale(s.pool, s.train)}
	m, err := l.Fit(context.Background(), s.pool, s.known(s.train))
	if err != nil {
		panic(err)
	}
	r.Full = s.accuracy(m, s.val)
	r.Random, r.Asked = make([][]float64, seeds), make([][]float64, seeds)
	var group sync.WaitGroup
	slots, mu := make(chan bool, runtime.GOMAXPROCS(0)), sync.Mutex{}
	for seed := range seeds {
		group.Go(func() {
			slots <- true
			defer func() { <-slots }()
			r.Random[seed] = s.random(seed, most)
			p := newPerson(s, seed)
			r.Asked[seed] = p.label(most)
			mu.Lock()
			r.Tests = append(r.Tests, p.tests...)
			mu.Unlock()
		})
	}
	group.Wait()
	return r
}

func (s *set) known(rows []int) (k active.Labelled) {
	for _, i := range rows {
		k.Rows, k.Classes = append(k.Rows, i), append(k.Classes, s.y[i])
	}
	return k
}

// accuracy is the share of some rows that a model gets right.
func (s *set) accuracy(m *active.Model, rows []int) float64 {
	if m == nil {
		return 1 / float64(s.classes)
	}
	return float64(s.right(m, rows)) / float64(len(rows))
}

func (s *set) right(m *active.Model, rows []int) (n int) {
	p := make([]float64, len(m.Classes))
	for _, i := range rows {
		m.Predict(s.pool.Row(i), p)
		best := 0
		for k := range p {
			if p[k] > p[best] {
				best = k
			}
		}
		if m.Classes[best] == s.y[i] {
			n++
		}
	}
	return n
}

// random is the accuracies with labels in random order.
func (s *set) random(seed, most int) []float64 {
	order := rand.New(rand.NewPCG(uint64(seed), 99)).Perm(len(s.train))
	l := &active.Learner{Scale: active.NewScale(s.pool, s.train)}
	var curve []float64
	var rows []int
	for _, at := range order[:most] {
		rows = append(rows, s.train[at])
		m, _ := l.Fit(context.Background(), s.pool, s.known(rows)) // one class only: no model
		curve = append(curve, s.accuracy(m, s.val))
	}
	return curve
}
