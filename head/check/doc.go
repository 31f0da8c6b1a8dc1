// Package check looks for what is wrong with photographs before a head is
// trained on them: it extracts their features, measures their crops on the same
// way, and has package audit judge both.
//
// [Run] is all there is to call.
package check
