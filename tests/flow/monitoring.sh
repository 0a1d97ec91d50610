#!/usr/bin/env bash
# What whittle writes for Prometheus and Grafana, read by Debian's Prometheus: metrics, alert rules that fire when they
# should, and a dashboard whose queries it understands.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/flow/memory_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/memory_lib.sh"
need runc curl python3
debian_files prometheus ./usr/bin/prometheus ./usr/bin/promtool || skip "Prometheus cannot be had: $(tail -n 1 "$work/debian.log")"
promtool=$debian_dir/usr/bin/promtool
memory_image shop
yes_promtool() { "$promtool" "$@" >"$work/promtool.out" 2>&1 || fail "promtool $1 $2: $(cat "$work/promtool.out")"; }

t "the metrics of each command"
mkdir "$work/metrics"
whittle_exits 0 smoke "$image" --load $url/ --ready $url/ready --memory 128MiB --stages 50/s:1s --metrics "$work/metrics/smoke.prom"
build -o "oci:$work/second:1" --metrics "$work/metrics/build.prom" >/dev/null
whittle_exits 0 copy "$image" "oci:$work/third:1" --metrics "$work/metrics/copy.prom"
whittle_exits 0 slim "$image" -o "oci:$work/fourth:1" --metrics "$work/metrics/slim.prom"
for file in "$work"/metrics/*.prom; do yes_promtool check metrics <"$file"; done

t "alert rules are valid, and fire at 85 and at 95 percent"
run=(--env BEHAVIOUR=index --memory 64MiB --ready $url/ready --load $url/ --stages 100/s:500ms --grace 1s --service shop)
if "$whittle" tune "$image" "${run[@]}" --emit prometheus >"$work/rules.yaml" 2>"$err"; then
  yes_promtool check rules "$work/rules.yaml"
  limit=$(sed -nE 's/.*> ([0-9]+)"$/\1/p' "$work/rules.yaml" | head -n 1)
  one=$((limit / 85))  # percent
  series='container_memory_working_set_bytes{container="shop"}'
  cat >"$work/alerts.yaml" <<YAML
rule_files: [rules.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: '$series', values: '$((one * 84))x10 $((one * 90))x10 $((one * 97))x10'}
      - {series: 'container_oom_events_total{container="shop"}', values: '0x24 1x10'}
    alert_rule_test:
      - {eval_time: 10m, alertname: MemoryHigh, exp_alerts: []}
      - eval_time: 20m
        alertname: MemoryHigh
        exp_alerts: [{exp_labels: {severity: warning, container: shop}, exp_annotations: {summary: SUMMARY85}}]
      - {eval_time: 20m, alertname: MemoryAlmostAtLimit, exp_alerts: []}
      - eval_time: 28m
        alertname: MemoryAlmostAtLimit
        exp_alerts: [{exp_labels: {severity: critical, container: shop}, exp_annotations: {summary: SUMMARY95}}]
      - {eval_time: 20m, alertname: KilledForLackOfMemory, exp_alerts: []}
      - eval_time: 30m
        alertname: KilledForLackOfMemory
        exp_alerts: [{exp_labels: {severity: critical, container: shop}, exp_annotations: {summary: "the kernel killed a process of shop for lack of memory"}}]
YAML
  for percent in 85 95; do
    summary=$(sed -nE "s/^ *summary: (\".*more than $percent %.*\")$/\1/p" "$work/rules.yaml")
    sed -i "s|SUMMARY$percent|$summary|" "$work/alerts.yaml"
  done
  (cd "$work" && yes_promtool test rules alerts.yaml)
else
  grep -q 'no limit can be set here' "$err" || fail "tune: $(cat "$err")"
  printf 'NOT SHOWN: %s: control groups may not be made here\n' "$section"
  printf 'groups: []\n' >"$work/rules.yaml"
fi

t "Prometheus itself reads them"
port=$(free_port) metrics_port=$(free_port)
(cd "$work/metrics" && exec python3 -m http.server --bind 127.0.0.1 "$metrics_port") >"$work/host.log" 2>&1 &
started+=($!)
cat >"$work/prometheus.yaml" <<YAML
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yaml]
scrape_configs:
$(for file in smoke build copy slim; do printf '  - {job_name: %s, metrics_path: /%s.prom, static_configs: [{targets: ["127.0.0.1:%s"]}]}\n' $file $file "$metrics_port"; done)
YAML
yes_promtool check config "$work/prometheus.yaml"
"$debian_dir/usr/bin/prometheus" --config.file "$work/prometheus.yaml" --storage.tsdb.path "$work/tsdb" \
  --web.listen-address "127.0.0.1:$port" >"$work/prometheus.log" 2>&1 &
started+=($!)
ask() { curl -fsSG "http://127.0.0.1:$port/api/v1/$1" "${@:2}" 2>"$work/curl.log"; }
value_of() { ask query --data-urlencode "query=$1" | jq -r '.data.result[0].value[1] // empty'; }
all_are_up() { [ "$(value_of 'sum(up)')" = 4 ]; }
wait_for 20 all_are_up || fail "not everything is read: $(ask targets | jq -c '.data.activeTargets[] | {scrapeUrl, lastError}') $(tail -n 3 "$work/prometheus.log")"
equal "$(value_of whittle_smoke_passed)" 1
matches "$(value_of 'whittle_smoke_latency_seconds{stage="1",quantile="0.99"}')" '^[0-9.e-]+$'
for name in whittle_build_phase_seconds whittle_copy_blobs; do differ "$(value_of "count($name)")" '' "$name"; done
if grep -q alert: "$work/rules.yaml"; then
  rules() { ask rules | jq -r '[.data.groups[].rules[] | "\(.name) \(.health)"] | sort | join(", ")'; }
  rules_are_ok() { [ "$(rules)" = 'KilledForLackOfMemory ok, MemoryAlmostAtLimit ok, MemoryHigh ok' ]; }
  wait_for 10 rules_are_ok || fail "rules: $(rules)"
fi

t "a dashboard as Grafana takes it, with queries that Prometheus takes"
if grep -q alert: "$work/rules.yaml"; then
  whittle_exits 0 tune "$image" "${run[@]}" --emit grafana
  jq -e '(.title | contains("shop")) and .schemaVersion >= 36 and (.panels | length >= 4)
    and ([.panels[] | (.id | type == "number") and .type == "timeseries" and .title != "" and .datasource.type == "prometheus"
          and (.gridPos | [has("h", "w", "x", "y")] | all) and (.targets | length > 0) and (.fieldConfig.defaults | has("unit"))
          and all(.targets[]; .expr != "" and .refId != "")] | all)
    and ([.panels[].id] | length == (unique | length)) and (.templating.list[0] | .name == "datasource" and .type == "datasource")
    and .time.from != null and .tags != null' "$out" >/dev/null || fail "dashboard: $(cat "$out")"
  jq -r '.panels[].targets[].expr' "$out" >"$work/queries"
  while IFS= read -r query; do
    equal "$(ask query --data-urlencode "query=$query" | jq -r .status)" success "$query"
  done <"$work/queries"
else
  printf 'NOT SHOWN: %s: control groups may not be made here\n' "$section"
fi
