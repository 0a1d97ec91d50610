// Module proxies, asked in the order and by the rules of GOPROXY.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "registry/web.hpp"
#include "toolchains/proxy_list.hpp"

namespace whittle::toolchains {

inline constexpr std::uint64_t largest_module_zip = 500U << 20U;  // bytes, as in go itself

struct ModuleFile {
  std::string module;
  std::string path;                        // behind MODULE/@v/, escaped: "list", "v1.2.3.zip"
  std::optional<std::uint64_t> size = {};  // bytes, when known
  std::uint64_t limit = largest_module_zip;
};

// Thread-safe. Borrows the Web. What proxies give is not trusted; that is for whoever reads it.
class ModuleProxy {
 public:
  ModuleProxy(registry::Web& web, std::vector<ProxyEntry> entries)
      : web_(web), entries_(std::move(entries)) {}

  // The versions of a module that its proxy lists: valid-looking words, in the proxy's order.
  std::vector<std::string> versions(const std::string& module);

  // Lets `take` read a file of the first proxy that has it. When that fails and the list says to go on,
  // `take` is called again with the same file of another proxy, and has to begin anew. Error(not_found) when
  // no proxy has the file, naming those asked; otherwise the most telling error: that of `direct`, else of a
  // proxy.
  void fetch(const ModuleFile& file, const std::function<void(ByteSource&)>& take);

  // How many bytes the file has, by the first proxy that has it. For people alone: nothing when nobody says
  // so, for whatever reason but an interruption.
  std::optional<std::uint64_t> size_of(const ModuleFile& file);

  // The address of the first proxy that passes on the checksum database of that name, by its list's rules
  // (go.dev/ref/mod, "Checksum database"); nothing when the database itself is to be asked.
  std::optional<std::string> checksum_database(const std::string& name);

  registry::Web& web() { return web_; }

 private:
  std::string base_of(const ProxyEntry& entry, const std::string& module);
  // Calls `take` with the URL of the file at each proxy in turn, until one says that it has it.
  void ask(const ModuleFile& file, const std::string& what,
           const std::function<bool(const std::string& url)>& take);

  registry::Web& web_;
  std::vector<ProxyEntry> entries_;
};

}  // namespace whittle::toolchains
