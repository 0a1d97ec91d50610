#include "toolchains/module_proxy.hpp"

#include "tests/support/memory_web.hpp"
#include "tests/unit/toolchains/helpers.hpp"

namespace whittle::toolchains {
namespace {

using test::failure;
using test::MemoryWeb;
using testing::ElementsAre;
using testing::HasSubstr;

std::string described(std::string_view goproxy) {
  std::string text;
  for (const auto& entry : parse_proxy_list(goproxy))
    text += (entry.kind == ProxyEntry::Kind::proxy    ? entry.url
             : entry.kind == ProxyEntry::Kind::direct ? "direct"
                                                      : "off") +
            (entry.falls_back ? "| " : " ");
  return text;
}

TEST(ProxyList, IsReadAsGoReadsIt) {
  EXPECT_EQ(described("https://a.test/,direct"), "https://a.test direct ");
  EXPECT_EQ(described(" https://a.test | http://b.test/x// , off,https://never.test"),
            "https://a.test| http://b.test/x off ");
  EXPECT_EQ(described("proxy.test/go"), "https://proxy.test/go ");
  EXPECT_EQ(described("file:///srv/proxy,,"), "file:///srv/proxy ");
  EXPECT_EQ(described("https://user:word@a.test"), "https://user:word@a.test ");
}

TEST(ProxyList, RefusesWhatIsNoListAndShowsNoSecret) {
  const auto refusal = [](std::string_view list) { return failure([&] { parse_proxy_list(list); }); };
  for (const auto* list :
       {"", ",", " | ", "noproxy", "ftp://a.test", "/srv/proxy", "file://host/x", "https:///x", "https://"})
    EXPECT_THAT(refusal(list), testing::StartsWith("usage: GOPROXY ")) << list;
  for (const auto* list :
       {"https://user:secret@a.test/?x", "https://user:secret@a.test\n/", "ftp://user:secret@a.test"})
    EXPECT_THAT(refusal(list), testing::Not(HasSubstr("secret"))) << list;
}

TEST(ProxyList, EscapesModulePathsWithUpperCaseLetters) {
  EXPECT_EQ(escaped_module("example.com/Azure/SDK"), "example.com/!azure/!s!d!k");
  EXPECT_THAT(failure([] { escaped_module("a/../b?x"); }), HasSubstr("is not the name of a module"));
}

struct Proxies {
  MemoryWeb web;
  std::string fetch(std::string_view goproxy, const std::string& module = "example.com/Mod") {
    ModuleProxy proxy(web, parse_proxy_list(goproxy));
    std::string text;
    proxy.fetch({module, "v1.0.0.zip"}, [&](ByteSource& source) { text = read_all(source, 1000, "a file"); });
    return text;
  }
};

TEST(ModuleProxy, CommaGoesOnOnlyWhenThereIsNothing) {
  Proxies proxies;
  proxies.web.files["https://b.test/example.com/!mod/@v/v1.0.0.zip"] = "zip";
  EXPECT_EQ(proxies.fetch("https://a.test,https://b.test"), "zip");
  EXPECT_THAT(proxies.web.asked(), ElementsAre("https://a.test/example.com/!mod/@v/v1.0.0.zip",
                                               "https://b.test/example.com/!mod/@v/v1.0.0.zip"));
  proxies.web.failures["https://a.test"] = ErrorKind::network;
  const auto text = failure([&] { proxies.fetch("https://a.test,https://b.test"); });
  EXPECT_THAT(
      text, testing::StartsWith(
                "network: fetching v1.0.0.zip of the module example.com/Mod: the server of https://a.test"));
  EXPECT_THAT(text, HasSubstr("\nhint: GOPROXY names"));
}

TEST(ModuleProxy, BarGoesOnAfterAnyError) {
  Proxies proxies;
  proxies.web.files["https://b.test/example.com/!mod/@v/v1.0.0.zip"] = "zip";
  proxies.web.failures["https://a.test"] = ErrorKind::registry;
  EXPECT_EQ(proxies.fetch("https://a.test|https://b.test"), "zip");
  // The error of a proxy says more than that the last one has nothing.
  EXPECT_THAT(failure([&] { proxies.fetch("https://a.test|https://c.test"); }),
              HasSubstr("the server of https://a.test"));
}

TEST(ModuleProxy, OffAndNothingAreSaid) {
  Proxies proxies;
  EXPECT_THAT(failure([&] { proxies.fetch("off"); }),
              HasSubstr("not-found: fetching v1.0.0.zip of the module example.com/Mod: GOPROXY is `off`"));
  EXPECT_THAT(failure([&] { proxies.fetch("https://u:secret@a.test/x,https://b.test,off"); }),
              testing::EndsWith("no module proxy has it; asked: https://***@a.test/x, https://b.test"));
}

TEST(ModuleProxy, DirectAsksTheModulesOwnPageForAProxy) {
  Proxies proxies;
  auto& page = proxies.web.files["https://example.com/!mod?go-get=1"];
  page = "<meta name=go-import content=\"example.com/Mod mod https://dl.test/mod/\">";
  proxies.web.files["https://dl.test/mod/example.com/!mod/@v/v1.0.0.zip"] = "zip";
  EXPECT_EQ(proxies.fetch("direct"), "zip");
  page = "<meta name=go-import content=\"example.com/Mod git https://dl.test/mod\">";
  EXPECT_THAT(failure([&] { proxies.fetch("direct"); }), testing::StartsWith("unsupported: "));
  for (const auto* url : {"http://dl.test/mod", "file:///etc", "direct", "off"}) {
    page = std::string("<meta name=go-import content=\"example.com/Mod mod ") + url + "\">";
    EXPECT_THAT(failure([&] { proxies.fetch("direct"); }),
                HasSubstr("names a module proxy that is no https URL"))
        << url;
  }
}

TEST(ModuleProxy, SaysTheSizeOfAFileWhereSomebodyDoes) {
  Proxies proxies;
  proxies.web.files["https://b.test/example.com/!mod/@v/v1.0.0.zip"] = "twelve bytes";
  proxies.web.failures["https://broken.test"] = ErrorKind::network;
  const auto size = [&](std::string_view list) {
    return ModuleProxy(proxies.web, parse_proxy_list(list)).size_of({"example.com/Mod", "v1.0.0.zip"});
  };
  EXPECT_EQ(size("https://a.test,https://b.test"), 12U);
  EXPECT_EQ(size("https://broken.test|https://b.test"), 12U);
  EXPECT_EQ(size("https://broken.test,https://b.test"), std::nullopt);
  EXPECT_EQ(size("off"), std::nullopt);
}

TEST(ModuleProxy, ListsVersions) {
  Proxies proxies;
  proxies.web.files["https://a.test/m/@v/list"] =
      "v1.0.0\nv1.1.0 2026-01-01T00:00:00Z\r\n\nbad/../x\n<html>\nv1.2.0";
  ModuleProxy proxy(proxies.web, parse_proxy_list("https://a.test"));
  EXPECT_THAT(proxy.versions("m"), ElementsAre("v1.0.0", "v1.1.0", "v1.2.0"));
}

TEST(ModuleProxy, PassesOnChecksumDatabases) {
  MemoryWeb web;
  web.files["https://b.test/sumdb/sum.test/supported"] = "";
  const auto database = [&](std::string_view list) {
    return ModuleProxy(web, parse_proxy_list(list)).checksum_database("sum.test").value_or("itself");
  };
  EXPECT_EQ(database("https://a.test,https://b.test"), "https://b.test/sumdb/sum.test");
  EXPECT_EQ(database("https://a.test,direct"), "itself");
  EXPECT_EQ(database("off"), "itself");
  web.failures["https://a.test"] = ErrorKind::network;
  EXPECT_EQ(database("https://a.test|direct"), "itself");
  EXPECT_THAT(failure([&] { database("https://a.test,direct"); }), testing::StartsWith("network: "));
}

}  // namespace
}  // namespace whittle::toolchains
