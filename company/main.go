// Company is the reference company: the support site of Lumen, who sell bicycle lights. Run it with: go run ./company up --seed
package main

import "github.com/spinoff-go/spinoff/run"

func main() { run.Main(Project()) }
