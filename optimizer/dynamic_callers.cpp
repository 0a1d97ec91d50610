#include "optimizer/dynamic_callers.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string_view>

#include "builder/go_source.hpp"
#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::optimizer {
namespace {

using builder::GoToken;
using builder::ListedPackage;

constexpr std::size_t largest_calling_source = 4U << 20U;  // bytes; a larger file is not read

bool is_sign(const GoToken& token, std::string_view sign) {
  return token.kind == GoToken::Kind::sign && token.text == sign;
}

// `.Method(…)`, or `.MethodByName(…)` of something else than a text. The linker knows what a constant calls.
bool calls_by_name(const std::vector<GoToken>& tokens) {
  for (std::size_t i = 0; i + 3 < tokens.size(); ++i) {
    if (!is_sign(tokens[i], ".") || tokens[i + 1].kind != GoToken::Kind::word || !is_sign(tokens[i + 2], "("))
      continue;
    const auto& name = tokens[i + 1].text;
    if (name == "Method" && !is_sign(tokens[i + 3], ")")) return true;
    if (name == "MethodByName" && tokens[i + 3].kind != GoToken::Kind::text) return true;
  }
  return false;
}

bool calls_by_name(const ListedPackage& package) {
  return std::any_of(package.compiled.begin(), package.compiled.end(), [&](const std::string& file) {
    try {
      const auto text = read_file_if_present(package.folder / file, largest_calling_source);
      return text && text->find(".Method") != std::string::npos &&
             calls_by_name(builder::read_go_source(*text).tokens);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::machine_limit) throw;
      return false;
    }
  });
}

}  // namespace

std::string origin_of_call(const std::vector<ListedPackage>& packages, const std::string& package) {
  std::map<std::string_view, const ListedPackage*> by_path;
  for (const auto& one : packages) by_path[one.import_path] = &one;
  std::deque<std::string_view> open = {package};
  std::set<std::string_view> seen = {package};
  while (!open.empty()) {
    const auto found = by_path.find(open.front());
    open.pop_front();
    if (found == by_path.end() || found->first == "reflect") continue;
    if (calls_by_name(*found->second)) return std::string(found->first);
    auto imports =
        std::vector<std::string_view>(found->second->imports.begin(), found->second->imports.end());
    std::sort(imports.begin(), imports.end());
    for (const auto path : imports)
      if (seen.insert(path).second) open.push_back(path);
  }
  return {};
}

}  // namespace whittle::optimizer
