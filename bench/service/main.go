// Command service answers with JSON, HTML and metrics: a program whose benchmarks show what a setting of the compiler
// costs. bench/smallest builds it and runs them.
package main

import (
	"encoding/json"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.yaml.in/yaml/v3"
)

type item struct {
	Name  string            `json:"name" yaml:"name"`
	Price float64           `json:"price" yaml:"price"`
	Tags  []string          `json:"tags" yaml:"tags"`
	More  map[string]string `json:"more" yaml:"more"`
	Added time.Time         `json:"added" yaml:"added"`
}

func items() []item {
	var all []item
	for i := range 50 {
		all = append(all, item{
			Name:  fmt.Sprint("item ", i),
			Price: float64(i) * 1.5,
			Tags:  []string{"wood", "steel", "small"},
			More:  map[string]string{"colour": "brown", "origin": "here"},
			Added: time.Unix(int64(i)*1_000_000, 0).UTC(),
		})
	}
	return all
}

var page = template.Must(template.New("page").Parse(
	`<ul>{{range .}}<li class="{{.Name}}">{{.Name}}: {{printf "%.2f" .Price}} {{range .Tags}}{{.}}, {{end}}</li>{{end}}</ul>`))

var assignment = regexp.MustCompile(`(\w+)=(\d+)`)

func metrics() (*prometheus.Registry, *prometheus.CounterVec) {
	registry := prometheus.NewRegistry()
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests"}, []string{"path", "status"})
	times := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "seconds"}, []string{"path"})
	registry.MustRegister(requests, times)
	for i := range 50 {
		requests.WithLabelValues(fmt.Sprint("/", i), "200").Inc()
		times.WithLabelValues(fmt.Sprint("/", i)).Observe(0.3)
	}
	return registry, requests
}

func router() http.Handler {
	all := items()
	registry, _ := metrics()
	router := chi.NewRouter()
	router.Get("/items/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(all[:5])
	})
	router.Get("/page", func(w http.ResponseWriter, r *http.Request) { page.Execute(w, all) })
	router.Get("/config", func(w http.ResponseWriter, r *http.Request) { yaml.NewEncoder(w).Encode(all) })
	router.Get("/words", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, assignment.FindAllStringSubmatch(r.URL.RawQuery, -1))
	})
	router.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true}))
	return router
}

func main() {
	if err := http.ListenAndServe("127.0.0.1:8080", router()); err != nil {
		slog.Error("listening", "error", err)
		os.Exit(1)
	}
}
