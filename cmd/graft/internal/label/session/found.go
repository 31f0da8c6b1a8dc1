package session

// found is what was looked for once, or when it was asked for.
type found struct {
	sum      string // SHA-256 of the list as it was written last
	near     []Section
	suspects []Section
}
