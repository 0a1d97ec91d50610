// Where the loader of glibc looks for libraries (ldconfig(8), ld.so.conf) and that of musl (ldso/dynlink.c).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::closure {

struct LoaderConf {
  std::vector<std::string> folders = {};
  std::vector<std::string> includes = {};  // patterns of paths, relative to /etc
};
// Of one file ld.so.conf, at most 1,000 of each.
LoaderConf parse_loader_conf(std::string_view text);

// Lists of folders: separated by colons, or by newlines as well; empty ones stand for the working folder and
// are ".".
std::vector<std::string> folders_of(std::string_view list, std::string_view separators);

// What `$ORIGIN`, `$LIB` and `$PLATFORM` (ld.so(8), "Dynamic string tokens") make of a path; several where
// that depends on the machine it runs on.
struct LoaderTokens {
  std::vector<std::string> origins = {};  // absolute
  std::uint16_t machine = 0;
};
std::vector<std::string> expanded(std::string_view path, const LoaderTokens& tokens);

// Folders that are searched without being named anywhere, in order. Of Debian's multiarch, and of others.
std::vector<std::string> usual_folders(std::uint16_t machine, bool is_64_bit);

}  // namespace whittle::closure
