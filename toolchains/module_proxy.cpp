#include "toolchains/module_proxy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/error.hpp"
#include "common/text.hpp"
#include "registry/registry_error.hpp"
#include "toolchains/go_import.hpp"

namespace whittle::toolchains {
namespace {

using Kind = ProxyEntry::Kind;

constexpr std::size_t largest_list = 4U << 20U;
constexpr std::size_t largest_page = 1U << 20U;
constexpr std::size_t most_versions = 100'000;

std::string shown_url(const std::string& url) {
  return escaped(registry::redacted_url(url), false, 1024);
}

Error with_advice(const Error& error) {
  Error advised(error);
  if (error.kind() == ErrorKind::network || error.kind() == ErrorKind::registry)
    advised.hint(
        "GOPROXY names the module proxies that are asked; behind `|` the next one is tried after any error");
  return advised;
}

std::string described(const ModuleFile& file) {
  return fmt::format("{} of the module {}", file.path, file.module);
}

// Nothing that a mirror could not have in a file's name.
bool is_version(std::string_view word) {
  const auto fine = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '+';
  };
  return word.size() > 1 && word.size() <= 256 && word.front() == 'v' &&
         std::all_of(word.begin(), word.end(), fine);
}

}  // namespace

std::string ModuleProxy::base_of(const ProxyEntry& entry, const std::string& module) {
  if (entry.kind == Kind::proxy) return entry.url;
  const auto page_url = fmt::format("https://{}?go-get=1", escaped_module(module));
  const auto what = fmt::format("the web page of the module {}", module);
  const auto page = web_.open(page_url, {what, {}, largest_page, true});
  if (!page) return {};
  const auto imports = read_go_imports(read_all(*page, largest_page, what));
  const auto proxy = proxy_of(imports, module);
  if (!proxy)
    throw Error(ErrorKind::unsupported,
                fmt::format("{} names no module proxy for {}, and version control is not used",
                            shown_url(page_url), module))
        .hint("name a module proxy in GOPROXY");
  const auto list = parse_proxy_list(*proxy);
  // A page may lead to another server, not to files of this machine nor off TLS.
  if (list.size() != 1 || !list.front().url.starts_with("https://"))
    throw Error(ErrorKind::registry, fmt::format("{} names a module proxy that is no https URL: {}",
                                                 shown_url(page_url), shown(registry::redacted_url(*proxy))));
  return list.front().url;
}

void ModuleProxy::ask(const ModuleFile& file, const std::string& what,
                      const std::function<bool(const std::string& url)>& take) {
  std::optional<Error> failure;
  std::string asked;
  for (const auto& entry : entries_) {
    if (entry.kind == Kind::off) break;
    try {
      const auto base = base_of(entry, file.module);
      if (!base.empty() && take(fmt::format("{}/{}/@v/{}", base, escaped_module(file.module), file.path)))
        return;
      asked +=
          fmt::format("{}{}", asked.empty() ? "" : ", ", base.empty() ? "its web page" : shown_url(base));
    } catch (const Error& error) {
      // What is wrong here is not wrong with the proxy.
      if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::io) throw;
      // go's TryProxies: the error of `direct` says most, then the last one of a proxy.
      failure = with_advice(error);
      if (!entry.falls_back) break;
    }
  }
  if (failure) throw Error(*failure).context(fmt::format("fetching {}", what));
  if (asked.empty())
    throw Error(ErrorKind::not_found, "GOPROXY is `off`: no module proxy may be asked")
        .context(fmt::format("fetching {}", what))
        .hint("set GOPROXY to a module proxy");
  throw Error(ErrorKind::not_found, fmt::format("no module proxy has it; asked: {}", asked))
      .context(fmt::format("fetching {}", what));
}

void ModuleProxy::fetch(const ModuleFile& file, const std::function<void(ByteSource&)>& take) {
  const auto what = described(file);
  ask(file, what, [&](const std::string& url) {
    const auto source = web_.open(url, {what, file.size, file.limit, false});
    if (source) in_context([&] { return fmt::format("reading {}", shown_url(url)); }, [&] { take(*source); });
    return source != nullptr;
  });
}

std::optional<std::uint64_t> ModuleProxy::size_of(const ModuleFile& file) {
  const auto what = described(file);
  std::optional<std::uint64_t> size;
  try {
    ask(file, what, [&](const std::string& url) {
      size = web_.size(url, {what, file.size, file.limit, false});
      return size.has_value();
    });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
  }
  return size;
}

std::vector<std::string> ModuleProxy::versions(const std::string& module) {
  std::string text;
  fetch({module, "list", {}, largest_list}, [&](ByteSource& source) {
    text = read_all(source, largest_list, fmt::format("the list of versions of {}", module));
  });
  std::vector<std::string> versions;
  std::string_view rest = text;
  while (!rest.empty() && versions.size() < most_versions) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto word = line.substr(0, line.find_first_of(" \t\r"));
    if (is_version(word)) versions.emplace_back(word);
  }
  return versions;
}

std::optional<std::string> ModuleProxy::checksum_database(const std::string& name) {
  for (const auto& entry : entries_) {
    if (entry.kind != Kind::proxy) break;
    const auto url = fmt::format("{}/sumdb/{}", entry.url, name);
    try {
      if (const auto answer = web_.open(
              url + "/supported", {"the checksum database of a module proxy", {}, largest_page, false})) {
        CountingSink rest;  // read to its end, so that the connection can be used again
        pump(*answer, rest);
        return url;
      }
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::io || !entry.falls_back)
        throw with_advice(error);
    }
  }
  return std::nullopt;
}

}  // namespace whittle::toolchains
