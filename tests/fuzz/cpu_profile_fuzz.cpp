// A CPU profile, and what becomes of it for go: no argument but package patterns.
#include "builder/cpu_profile.hpp"

#include "builder/inlining.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::cpu_profile_input(std::string_view input) {
  const auto packages = parsed(
      [&] { return builder::hot_packages(std::make_unique<TextSource>(std::string(input)), "a profile"); });
  if (!packages) return;
  builder::GoMain main;
  main.module = "/module";
  main.pattern = "./cmd/api";
  const builder::Inlining inlining{.rule = builder::Inlining::Rule::none, .profile = "cpu.pprof"};
  for (const auto& flag : builder::inlining_flags(inlining, main, *packages)) {
    if (flag == "all=-l") continue;
    require(flag.find('=') == flag.size() - 1, "a pattern, and nothing for it");
    require(builder::is_package_pattern(flag.substr(0, flag.size() - 1)), "a pattern of import paths");
  }
}
