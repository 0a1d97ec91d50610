// containers' registries.conf, and what it makes of references.
#include "registry/registries_conf.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::registries_conf_input(std::string_view input) {
  auto rules = parsed([&] { return registry::parse_registries_conf(input, "registries.conf"); });
  if (!rules) return;
  for (const auto& rule : *rules) require(!rule.prefix.empty(), "a rule is for something");
  registry::RegistriesConf conf(std::move(*rules));
  for (const auto* text : {"alpine:3", "localhost:5000/a/b:1", "a.example.com/c"}) {
    const auto plan = parsed([&] { return conf.pull(registry::Reference::parse(text)); });
    if (!plan) continue;
    require(plan->origin.tag == registry::Reference::parse(text).tag, "a tag stays what it is");
    for (const auto& mirror : plan->mirrors)
      require(mirror.for_tags || mirror.for_digests, "a mirror is for something");
  }
}
