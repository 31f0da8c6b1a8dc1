// Package school draws what graft's own small trunk learns to see: figures,
// textures, numbers of things, leaves, shells, blossoms, animals, letters,
// objects. None of them is among the classes of package demo.
package school

import (
	"slices"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

// Classes are the training classes; their order is part of what a seed means.
func Classes() []scene.Class {
	return slices.Concat(figures(), textures(), counts(), leaves(), shells(), blossoms(), animals(), insects(), letters(), objects())
}

// pt keeps the tables of outlines readable.
func pt(x, y float64) paint.Point { return paint.Point{X: x, Y: y} }

// solid is a class whose subject is one outline in any material.
func solid(name string, outline func(s *scene.Stage) *paint.Path) scene.Class {
	return scene.Class{Name: name, Draw: func(s *scene.Stage) {
		s.Solid(outline(s), paint.Identity, s.Coat())
	}}
}
