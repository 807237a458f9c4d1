// Package text has every word that people read, in Chinese and English: the messages of the API and the texts of the pages.
// Other packages say what happened as data, such as a reason and its figures, and this package puts it into words.
//
//	errors.go     why a call was refused           Error
//	values.go     what is wrong with a value       NoneOf, WantUUID and others, for the details of Error
//	answers.go    that a call succeeded            OK, TaskCreated and others
//	tasks.go      what happened to a task          Event, Reason
//	verdicts.go   why it waits                     Verdicts
//	estimates.go  what a task would find and cost  Capacity, Suggestion
//	figures.go    amounts                          Duration, Money
//	texts.json    the texts of the pages           Pages
//
// A Message is a text in both languages. Tests hold that every code of the contract has one, and that no other package of the
// simulator has a Chinese text.
package text
