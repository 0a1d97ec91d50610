// Package URLs (purl-spec): "pkg:golang/golang.org/x/net@v0.17.0".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace whittle::vulnerabilities {

// Decoded; qualifiers and what lies behind them are left out. A value.
struct PackageUrl {
  std::string type = {};     // in lower case
  std::string name = {};     // with its namespace: "golang.org/x/net", "debian/openssl"
  std::string version = {};  // "" when it names all

  // Nothing for what is none.
  static std::optional<PackageUrl> parse(std::string_view text);
};

}  // namespace whittle::vulnerabilities
