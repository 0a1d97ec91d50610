#include "optimizer/blind_linker.hpp"

#include <algorithm>
#include <set>

namespace whittle::optimizer {
namespace {

constexpr std::size_t most_names = 10'000;
constexpr std::size_t longest_method_name = 4096;
constexpr std::string_view method_mark = "calls methods by name: ";

// Whether `what` stood there exactly once.
bool replace(std::string& source, std::string_view what, std::string_view by) {
  const auto at = source.find(what);
  if (at == std::string::npos || source.find(what, at + 1) != std::string::npos) return false;
  source.replace(at, what.size(), by);
  return true;
}

std::string told() {
  return R"({ fmt.Printf(")" + std::string(method_mark) + R"(%s\n", d.ldr.SymName(symIdx)) })";
}

// Up to Go 1.21 compilers marked calls of reflect.Type's methods alone, and linkers looked whether those of
// reflect.Value are reachable.
bool blind_to_values(std::string& source) {
  return replace(source,
                 "d.reflectSeen = d.reflectSeen || (methSym != 0 && ldr.AttrReachable(methSym)) || "
                 "(methByNameSym != 0 && ldr.AttrReachable(methByNameSym))",
                 "_, _ = methSym, methByNameSym") &&
         replace(source, "func (d *deadcodePass) flood() {\n",
                 "func (d *deadcodePass) flood() {\n"
                 "\tmethod := d.ldr.Lookup(\"reflect.Value.Method\", abiInternalVer)\n"
                 "\tbyName := d.ldr.Lookup(\"reflect.Value.MethodByName\", abiInternalVer)\n") &&
         replace(source, "\n\t\t\td.mark(rs, symIdx)\n",
                 "\n\t\t\tif rs != 0 && (rs == method || rs == byName) " + told() +
                     "\n\t\t\td.mark(rs, symIdx)\n");
}

}  // namespace

std::optional<std::string> blinded(std::string source) {
  if (source.find("\t\"fmt\"\n") == std::string::npos) return std::nullopt;
  if (!replace(source, "d.reflectSeen = d.reflectSeen || d.ldr.IsReflectMethod(symIdx)",
               "if d.ldr.IsReflectMethod(symIdx) " + told()))
    return std::nullopt;
  if (source.find("methByNameSym") != std::string::npos && !blind_to_values(source)) return std::nullopt;
  return source;
}

std::vector<std::string> parse_marks(std::string_view text) {
  std::set<std::string, std::less<>> names;
  while (!text.empty() && names.size() < most_names) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with(method_mark)) continue;
    const auto name = line.substr(method_mark.size());
    if (!name.empty() && name.size() <= longest_method_name) names.emplace(name);
  }
  // What reflect does for its callers says less than they do.
  const auto is_own = [](const std::string& name) { return name.starts_with("reflect."); };
  if (!std::all_of(names.begin(), names.end(), is_own)) std::erase_if(names, is_own);
  return {names.begin(), names.end()};
}

}  // namespace whittle::optimizer
