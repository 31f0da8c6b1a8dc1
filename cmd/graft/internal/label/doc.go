// Package label is the page on which a person labels photographs.
//
// [Run] opens a session, listens on this machine, and serves the page until its
// context ends. What is behind the page lies in rooms of its own:
//
//	journal    every action, a line each, in a file that only grows
//	book       what follows from the actions: classes, and what each photograph is
//	session    suggestions, questions, accuracy, the list of labels
//
// # Who can do what
//
// The address has a random word in it, without which everything is "there is nothing
// here". Pages of other origins cannot know it; what changes something takes POST with JSON, which a
// page elsewhere may not send. Photographs are asked for by number: there is no path that could lead
// out of the folder. Nothing that the page can ask for moves, changes or deletes a photograph.
package label
