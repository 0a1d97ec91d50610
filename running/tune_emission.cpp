#include "running/tune_emission.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::running {
namespace {

std::uint64_t mebibytes_of(const MemorySetting& setting) {
  return *setting.limit >> 20U;
}

// JSON's strings are YAML's, too (YAML 1.2, section 1.3).
std::string in_quotes(std::string_view text) {
  return Json(as_utf8(text)).dump();
}

struct Variable {
  std::string name;
  std::string value;
};

std::vector<Variable> variables_of(const MemorySetting& setting) {
  std::vector<Variable> variables;
  for (const auto& one : setting.env())
    variables.push_back({one.substr(0, one.find('=')), one.substr(one.find('=') + 1)});
  return variables;
}

// What is asked for is what is allowed: memory that a node has not got is no memory.
std::string kubernetes(const MemorySetting& setting, std::string_view service) {
  auto text = fmt::format(
      "spec:\n  template:\n    spec:\n      containers:\n        - name: {}\n          resources:\n          "
      "  requests:\n"
      "              memory: {}Mi\n            limits:\n              memory: {}Mi\n",
      in_quotes(service), mebibytes_of(setting), mebibytes_of(setting));
  const auto variables = variables_of(setting);
  if (!variables.empty()) text += "          env:\n";
  for (const auto& variable : variables)
    text += fmt::format("            - name: {}\n              value: {}\n", variable.name,
                        in_quotes(variable.value));
  return text;
}

std::string compose(const MemorySetting& setting, std::string_view service, std::string_view image) {
  auto text = fmt::format("services:\n  {}:\n    image: {}\n    mem_limit: {}m\n    memswap_limit: {}m\n",
                          in_quotes(service), in_quotes(image), mebibytes_of(setting), mebibytes_of(setting));
  const auto variables = variables_of(setting);
  if (!variables.empty()) text += "    environment:\n";
  for (const auto& variable : variables)
    text += fmt::format("      {}: {}\n", variable.name, in_quotes(variable.value));
  return text;
}

std::string docker(const MemorySetting& setting) {
  auto text = fmt::format("--memory={}m --memory-swap={}m", mebibytes_of(setting), mebibytes_of(setting));
  for (const auto& variable : setting.env()) text += " --env=" + variable;
  return text + "\n";
}

std::string selector_of(std::string_view service) {
  return fmt::format("{{container={}}}", in_quotes(service));
}

std::string rule(std::string_view name, const std::string& expression, std::string_view lasting,
                 std::string_view severity, const std::string& summary) {
  return fmt::format(
      "      - alert: {}\n        expr: {}\n        for: {}\n        labels:\n          severity: {}\n"
      "        annotations:\n          summary: {}\n",
      name, in_quotes(expression), lasting, severity, in_quotes(summary));
}

std::string prometheus(const MemorySetting& setting, std::string_view service) {
  const auto selector = selector_of(service);
  const auto above = [&](unsigned percent) {
    return fmt::format("container_memory_working_set_bytes{} > {}", selector, *setting.limit / 100 * percent);
  };
  const auto summary = [&](unsigned percent) {
    return fmt::format("{} uses more than {} % of its {} MiB", service, percent, mebibytes_of(setting));
  };
  auto text =
      fmt::format("groups:\n  - name: {}\n    rules:\n", in_quotes(fmt::format("{}-memory", service)));
  text += rule("MemoryHigh", above(85), "5m", "warning", summary(85));
  text += rule("MemoryAlmostAtLimit", above(95), "1m", "critical", summary(95));
  text +=
      rule("KilledForLackOfMemory", fmt::format("increase(container_oom_events_total{}[10m]) > 0", selector),
           "0m", "critical", fmt::format("the kernel killed a process of {} for lack of memory", service));
  return text;
}

Json panel(unsigned number, std::string_view title, std::string_view unit,
           const std::vector<std::pair<std::string, std::string>>& queries) {
  auto targets = Json::array();
  for (const auto& [expression, legend] : queries)
    targets.push_back({{"expr", expression},
                       {"legendFormat", legend},
                       {"refId", std::string(1, static_cast<char>('A' + targets.size()))}});
  return {{"id", number},
          {"type", "timeseries"},
          {"title", title},
          {"datasource", {{"type", "prometheus"}, {"uid", "${datasource}"}}},
          {"fieldConfig", {{"defaults", {{"unit", unit}, {"min", 0}}}, {"overrides", Json::array()}}},
          {"gridPos", {{"h", 8}, {"w", 12}, {"x", (number - 1) % 2 * 12}, {"y", (number - 1) / 2 * 8}}},
          {"targets", std::move(targets)}};
}

// Panels of Go's own metrics are empty where Prometheus does not scrape the service itself.
std::string grafana(const MemorySetting& setting, std::string_view service) {
  const auto name = as_utf8(service);
  const auto selector = selector_of(service);
  auto memory = std::vector<std::pair<std::string, std::string>>{
      {"container_memory_working_set_bytes" + selector, "working set {{pod}}"},
      {fmt::format("vector({})", *setting.limit), "limit"},
      {fmt::format("vector({})", *setting.limit / 100 * 85), "85 %"}};
  if (setting.soft_limit) memory.emplace_back(fmt::format("vector({})", *setting.soft_limit), "GOMEMLIMIT");
  auto panels = Json::array();
  panels.push_back(panel(1, "Memory", "bytes", memory));
  panels.push_back(
      panel(2, "Kills for lack of memory", "short",
            {{fmt::format("increase(container_oom_events_total{}[10m])", selector), "{{pod}}"}}));
  panels.push_back(panel(3, "Go heap", "bytes",
                         {{"go_memstats_heap_inuse_bytes" + selector, "in use {{pod}}"},
                          {"go_memstats_next_gc_bytes" + selector, "goal {{pod}}"}}));
  panels.push_back(
      panel(4, "Go pauses, longest", "s",
            {{fmt::format("go_gc_duration_seconds{{container={},quantile=\"1\"}}", in_quotes(service)),
              "{{pod}}"}}));
  const Json dashboard = {
      {"title", fmt::format("{}: memory", name)},
      {"uid", Json()},
      {"schemaVersion", 36},
      {"tags", {"whittle"}},
      {"time", {{"from", "now-6h"}, {"to", "now"}}},
      {"templating", {{"list", {{{"name", "datasource"}, {"type", "datasource"}, {"query", "prometheus"}}}}}},
      {"panels", std::move(panels)}};
  return canonical(dashboard) + "\n";
}

}  // namespace

std::string emit(Emission emission, const MemorySetting& setting, std::string_view service,
                 std::string_view image) {
  switch (emission) {
    case Emission::kubernetes:
      return kubernetes(setting, service);
    case Emission::compose:
      return compose(setting, service, image);
    case Emission::docker:
      return docker(setting);
    case Emission::prometheus:
      return prometheus(setting, service);
    case Emission::grafana:
      return grafana(setting, service);
  }
  return {};
}

}  // namespace whittle::running
