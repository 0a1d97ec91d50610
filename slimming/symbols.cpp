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
std::string voucher(std::string_view path, const layers::TarEntry& file, const layers::MergedTree& tree) {
  for (const auto* attribute : {"security.ima", "security.evm", "user.ima"})
    if (file.xattrs.contains(attribute))
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
  for (const auto& [path, merged] : entries)
    if (selection.is_pinned(path)) pinned.insert(merged.origin);
  for (const auto& [path, merged] : entries) {
    throw_if_stopped(stop);
    const auto& file = merged.entry;
    if ((!file.is_file() && file.type != '1') || !selection.keeps(path) || is_for_debuggers(path)) continue;
    if (!met.insert(merged.origin) || pinned.contains(merged.origin)) continue;
    const auto content = image.content(file);
    if (!binaries::is_elf(content)) continue;
    auto stripping = binaries::strip_elf(content);
    if (stripping.stripped) stripping.refusal = voucher(path, file, image.tree);
    if (!stripping.refusal.empty())
      symbols.refused.emplace(path, escaped(stripping.refusal));
    else if (stripping.stripped)
      symbols.stripped.emplace(merged.origin, std::move(*stripping.stripped));
  }
  return symbols;
}

}  // namespace whittle::slimming
