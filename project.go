package spinoff

import "context"

// Project is a collection of apps for one website.
type Project struct {
	Name string // for people, as in page titles
	Apps []New  // the apps, in the order in which the map and the navigation show them
}

// App returns an app that does nothing but answer this endpoint, under the name of its service: the smallest there is.
func (e Endpoint[In, Out]) App(answer func(ctx context.Context, in In) (Out, error)) New {
	return func(Env) (App, error) {
		return App{Name: e.Service.Name, Provides: []Handler{e.Serve(answer)}}, nil
	}
}

// AppUsing is App for an answer that calls other services, those in uses.
func (e Endpoint[In, Out]) AppUsing(answer func(ctx context.Context, calls Caller, in In) (Out, error), uses ...Service) New {
	return func(env Env) (App, error) {
		handler := e.Serve(func(ctx context.Context, in In) (Out, error) { return answer(ctx, env.Calls, in) })
		return App{Name: e.Service.Name, Provides: []Handler{handler}, Uses: uses}, nil
	}
}
