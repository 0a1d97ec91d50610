// The first line is a date; the rest a Release, signed or not.
#include "packages/release_file.hpp"

#include "packages/clear_signed.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace whittle::packages;

void whittle::fuzz::release_input(std::string_view input) {
  const auto whole = input;
  const auto now = parse_release_date(take_line(input)).value_or(std::chrono::sys_seconds{});
  for (const auto& text : {parsed([&] { return clear_signed_text(whole, "the input"); }),
                           std::optional<std::string>(std::string(input))}) {
    if (!text) continue;
    const auto release = parsed([&] { return parse_release(*text, "the input"); });
    if (!release) continue;
    for (const auto& [path, entry] : release->files)
      require(release->find(path) == &entry, "each file is found by its path");
    parsed([&] {
      check_release(*release, "stable", now, true, "the input");
      return 0;
    });
  }
}
