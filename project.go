package spinoff

// Project is a collection of apps for one website.
type Project struct {
	Name string // for people, as in page titles
	Apps []New  // the apps, in the order in which the map and the navigation show them
}

// Declare returns a [New] for an app that needs nothing of its environment.
func (a App) Declare(Env) (App, error) { return a, nil }
