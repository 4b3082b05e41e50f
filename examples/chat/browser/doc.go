// Package browser has tests of pages with Chromium: that of examples/chat, and that of rt/console. It is a module of its own:
// what drives a browser is nothing that users of asyncgen need to have in their go.sum.
package browser
