// Package browser has a test of examples/chat with Chromium. It is a module of its own: what drives a browser is nothing that
// users of asyncgen need to have in their go.sum.
package browser
