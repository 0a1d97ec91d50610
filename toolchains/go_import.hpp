// The `go-import` meta tags of a web page, by which a module path says where its modules are (go.dev/ref/mod,
// "Finding a repository for a module path").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::toolchains {

struct GoImport {
  std::string prefix;  // of the module paths it speaks of
  std::string vcs;     // "mod" for a module proxy
  std::string root;    // the URL
};

// The tags of a page's head, in order; at most 100. A page is HTML as people write it, so nothing is refused.
std::vector<GoImport> read_go_imports(std::string_view html);

// The module proxy that a page names for a module; nothing when it names none.
std::optional<std::string> proxy_of(const std::vector<GoImport>& imports, std::string_view module);

}  // namespace whittle::toolchains
