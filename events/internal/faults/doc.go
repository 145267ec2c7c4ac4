// Package faults is the proof, by force, that an event takes effect exactly once: its tests run apps in processes of their own, on real databases and
// a real engine, kill them at every step, and count. docs/events.md says what is promised; go test -short leaves this out.
package faults
