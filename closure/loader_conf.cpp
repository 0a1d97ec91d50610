#include "closure/loader_conf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "builder/each_line.hpp"

namespace whittle::closure {
namespace {

constexpr std::size_t most = 1'000;

// By e_machine: what Debian calls it (multiarch tuples), and what AT_PLATFORM says.
struct Machine {
  std::uint16_t number;
  std::array<std::string_view, 2> tuples;
  std::string_view platform;
};
constexpr std::array<Machine, 8> machines = {{
    {3, {"i386-linux-gnu", ""}, "i686"},
    {8, {"mips64el-linux-gnuabi64", "mipsel-linux-gnu"}, "mips"},
    {21, {"powerpc64le-linux-gnu", ""}, "power9"},
    {22, {"s390x-linux-gnu", ""}, "z15"},
    {40, {"arm-linux-gnueabihf", "arm-linux-gnueabi"}, "v7l"},
    {62, {"x86_64-linux-gnu", "x86_64-linux-gnux32"}, "x86_64"},
    {183, {"aarch64-linux-gnu", ""}, "aarch64"},
    {243, {"riscv64-linux-gnu", ""}, "riscv64"},
}};
const Machine* machine_of(std::uint16_t number) {
  const auto* found = std::find_if(machines.begin(), machines.end(),
                                   [&](const Machine& machine) { return machine.number == number; });
  return found == machines.end() ? nullptr : found;
}

// Puts each of the values in the place of $NAME and ${NAME}.
void replace(std::vector<std::string>& paths, std::string_view name, std::span<const std::string> values) {
  std::vector<std::string> results;
  for (auto& path : paths) {
    const auto braced = fmt::format("${{{}}}", name);
    const auto plain = fmt::format("${}", name);
    const bool is_braced = path.find(braced) != std::string::npos;
    const auto token = is_braced ? braced : plain;
    const auto at = path.find(token);
    if (at == std::string::npos) {
      results.push_back(std::move(path));
      continue;
    }
    for (const auto& value : values)
      if (results.size() < most)
        results.push_back(fmt::format("{}{}{}", path.substr(0, at), value, path.substr(at + token.size())));
  }
  paths = std::move(results);
}

}  // namespace

std::vector<std::string> folders_of(std::string_view list, std::string_view separators) {
  std::vector<std::string> folders;
  if (list.empty()) return folders;
  for (std::size_t at = 0; at <= list.size() && folders.size() < most;) {
    const auto end = std::min(list.find_first_of(separators, at), list.size());
    folders.emplace_back(end == at ? std::string_view(".") : list.substr(at, end - at));
    at = end + 1;
  }
  return folders;
}

LoaderConf parse_loader_conf(std::string_view text) {
  LoaderConf conf;
  builder::each_line(text, [&](std::string_view line) {
    line = line.substr(0, line.find('#'));
    bool is_include = false;
    bool is_first = true;
    while (!line.empty()) {
      line.remove_prefix(std::min(line.find_first_not_of(" \t\r:,"), line.size()));
      auto word = line.substr(0, line.find_first_of(" \t\r:,"));
      line.remove_prefix(word.size());
      if (word.empty()) return;
      if (is_first && word == "hwcap") return;
      if (is_first && word == "include") {
        is_include = true;
      } else {
        auto& into = is_include ? conf.includes : conf.folders;
        if (!is_include) word = word.substr(0, word.find('='));
        if (into.size() < most && !word.empty()) into.emplace_back(word);
      }
      is_first = false;
    }
  });
  return conf;
}

std::vector<std::string> expanded(std::string_view path, const LoaderTokens& tokens) {
  std::vector<std::string> paths = {std::string(path)};
  if (path.find('$') == std::string_view::npos) return paths;
  std::vector<std::string> libraries = {"lib", "lib64"};
  std::vector<std::string> platforms;
  if (const auto* machine = machine_of(tokens.machine)) {
    for (const auto tuple : machine->tuples)
      if (!tuple.empty()) libraries.push_back(fmt::format("lib/{}", tuple));
    platforms.emplace_back(machine->platform);
    if (machine->platform == "x86_64") platforms.insert(platforms.end(), {"haswell", "xeon_phi"});
  }
  replace(paths, "ORIGIN", tokens.origins);
  replace(paths, "LIB", libraries);
  replace(paths, "PLATFORM", platforms);
  std::erase_if(paths, [](const std::string& each) { return each.find('$') != std::string::npos; });
  return paths;
}

std::vector<std::string> usual_folders(std::uint16_t machine, bool is_64_bit) {
  std::vector<std::string> folders;
  if (const auto* known = machine_of(machine))
    for (const auto tuple : known->tuples)
      if (!tuple.empty()) {
        folders.push_back(fmt::format("/lib/{}", tuple));
        folders.push_back(fmt::format("/usr/lib/{}", tuple));
      }
  if (is_64_bit)
    folders.insert(folders.end(), {"/lib64", "/usr/lib64"});
  else
    folders.insert(folders.end(), {"/lib32", "/usr/lib32"});
  folders.insert(folders.end(), {"/lib", "/usr/lib"});
  return folders;
}

}  // namespace whittle::closure
