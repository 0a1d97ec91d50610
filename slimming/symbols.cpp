#include "slimming/symbols.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "binaries/elf.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "slimming/origin_set.hpp"

namespace whittle::slimming {
namespace {

// Who vouches for the bytes of the file; nothing when nobody does.
std::string voucher(const layers::MergedEntry& file, const layers::MergedTree& tree) {
  const auto path = file.path();
  for (const auto* attribute : {"security.ima", "security.evm", "user.ima"})
    if (file.common().xattrs.contains(attribute))
      return fmt::format("its attribute {} is a signature of it", attribute);
  const auto slash = path.rfind('/');
  const auto folder = path.substr(0, slash == std::string_view::npos ? 0 : slash + 1);
  const auto name = path.substr(folder.size());
  if (name == "fips.so") return "a digest of it is in OpenSSL's configuration";
  static constexpr std::array<std::string_view, 9> ends = {".hmac", ".chk", ".sig",    ".asc",   ".p7s",
                                                           ".sha1", ".md5", ".sha256", ".sha512"};
  for (const auto end : ends)
    for (const auto* dot : {"", "."})
      if (const auto beside = fmt::format("{}{}{}{}", folder, dot, name, end);
          tree.entries().contains(beside))
        return fmt::format("{} vouches for its bytes", shown("/" + beside));
  return {};
}

// Modules of kernels and files of debug information may have any form; these are their places.
bool is_for_debuggers(std::string_view path) {
  return path.starts_with("usr/lib/debug/") || path.starts_with("lib/modules/") ||
         path.starts_with("usr/lib/modules/") || path.ends_with(".debug") || path.ends_with(".ko");
}

}  // namespace

Symbols find_symbols(const SourceImage& image, const Selection& selection, const std::stop_token& stop) {
  Symbols symbols;
  OriginSet met;
  OriginSet pinned;
  const auto& entries = image.tree.entries();
  for (const auto& entry : entries)
    if (selection.is_pinned(entry)) pinned.insert(entry.origin());
  for (const auto& file : entries) {
    throw_if_stopped(stop);
    if (!file.is_file() || !selection.keeps(file) || is_for_debuggers(file.path())) continue;
    if (!met.insert(file.origin()) || pinned.contains(file.origin())) continue;
    const auto content = image.content(file);
    if (!binaries::is_elf(content)) continue;
    auto stripping = binaries::strip_elf(content);
    if (stripping.stripped) stripping.refusal = voucher(file, image.tree);
    if (!stripping.refusal.empty())
      symbols.refused.emplace(file.path(), escaped(stripping.refusal));
    else if (stripping.stripped)
      symbols.stripped.emplace(file.origin(), std::move(*stripping.stripped));
  }
  return symbols;
}

}  // namespace whittle::slimming
