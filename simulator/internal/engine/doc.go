// Package engine runs one world for many clients.
//
// The world (package world) is a value without locks, clock or disk. The engine adds these:
//
//	lock         every call takes it for as long as it reads or changes the world
//	clock        decides when virtual time moves: realtime, manual or auto
//	waits        Wait and Follow block until the world changes
//	durability   a Store keeps what has changed; a write returns when its change is on disk
//	failure      while the store refuses writes, the world shows what is on disk, and stands still
//
// A call goes through the same steps each time: take the lock, bring a realtime world up to the wall clock (sync), step or advance the
// world, pass its events on (Observe), wake those who wait (announce), and wait for the disk (settle). The lock is released while
// the disk works, so that one commit serves everyone who waits for it.
package engine
