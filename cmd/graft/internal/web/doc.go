// Package web is what every page and service of graft on HTTP has: a strict
// server, guards at its door, and answers of one form.
//
// A [Site] answers a table of [Route]s; [Site.Handler] puts around them what all
// requests get:
//
//	Visit     an id, a line in the log, headers that keep browsers strict
//	panics    end a request, never the program
//	Guard     tokens, origins and hosts that may ask
//	Limits    times for header, body and answer, connections at once
//	Refusal   what is answered instead: {"error": "…"}, nothing of the machine in it
//
// A [Server] listens with that handler: [Server.Serve] answers until its context
// ends, and then answers what it has accepted. [NewPage] makes a page of a
// template, styles and a script, and the Content-Security-Policy that allows
// those and nothing else; [Style] is what pages of graft look like.
//
// A page for one person on one machine takes this much:
//
//	guard, err := web.NewGuard(web.Security{Hosts: web.Local})
//	site := &web.Site{Guard: guard, Log: log, Routes: []web.Route{
//		{Endpoint: "page", Method: "GET", Paths: []string{"/{$}"}, Answer: page.Show, Open: true},
//		{Endpoint: "mark", Method: "POST", Paths: []string{"/mark"}, Answer: mark},
//	}}
//	l, err := net.Listen("tcp", "127.0.0.1:0")
//	server := web.NewServer(site, web.ServerOptions{})
//	fmt.Println(web.URL(l.Addr(), false))
//	err = server.Serve(ctx, l)
package web
