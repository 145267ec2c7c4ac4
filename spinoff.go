// Package spinoff takes a web project from apps to services.
//
// A [Project] is a list of apps. An [App] does one thing and talks to other apps only through
// a [Service]: a versioned set of endpoints. An [Endpoint] is declared once, in a small contract package;
// the app that answers it calls [Endpoint.Serve], an app that needs it calls [Endpoint.Call], and the two
// look the same whether both apps run in one process or in two. Where an app runs is decided at start
// by one environment variable for each service, such as FAQ_API=http://127.0.0.1:8001.
//
// This package holds the words and imports the standard library only, so that a contract package, and
// whoever imports one, pulls in nothing else. Package call moves a call, package run makes a program.
package spinoff
