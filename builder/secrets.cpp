#include "builder/secrets.hpp"

#include <algorithm>
#include <array>

namespace whittle::builder {
namespace {

struct NameRule {
  std::string_view name;
  std::string_view rule;
};

// Matched against the end of the path, whole components.
constexpr std::array<NameRule, 13> secret_names = {{
    {".env", "environment file"},
    {".git", "git repository"},
    {".git-credentials", "credentials of git"},
    {".netrc", "credentials of netrc"},
    {".npmrc", "credentials of npm"},
    {".pgpass", "credentials of PostgreSQL"},
    {".aws/credentials", "credentials of AWS"},
    {".docker/config.json", "credentials of Docker"},
    {".kube/config", "credentials of Kubernetes"},
    {"id_rsa", "private key of ssh"},
    {"id_dsa", "private key of ssh"},
    {"id_ecdsa", "private key of ssh"},
    {"id_ed25519", "private key of ssh"},
}};

bool ends_in(std::string_view path, std::string_view name) {
  if (!path.ends_with(name)) return false;
  return path.size() == name.size() || path[path.size() - name.size() - 1] == '/';
}

}  // namespace

std::optional<std::string_view> secret_rule(std::string_view path, std::string_view head) {
  for (const auto& entry : secret_names)
    if (ends_in(path, entry.name)) return entry.rule;
  const auto base = path.substr(path.rfind('/') + 1);
  if (base.starts_with(".env.") && base != ".env.example" && base != ".env.sample") return "environment file";
  // RFC 7468; the label may have the algorithm in front of it.
  const auto begin = head.find("-----BEGIN ");
  if (begin == std::string_view::npos) return std::nullopt;
  const auto end = head.find("PRIVATE KEY-----", begin);
  if (end != std::string_view::npos) return "private key in PEM form";
  return std::nullopt;
}

std::optional<std::string_view> secret_folder_rule(std::string_view path) {
  if (ends_in(path, ".git")) return "git repository";
  return std::nullopt;
}

}  // namespace whittle::builder
