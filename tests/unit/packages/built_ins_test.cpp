#include "packages/built_ins.hpp"

#include <fmt/format.h>

#include "tests/unit/packages/deb_helpers.hpp"

namespace whittle::packages {
namespace {

using namespace std::string_literals;
using test::DebMaker;
using test::failure;
using test::listing;
using test::tree_of;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string pem(const std::string& content) {
  return "-----BEGIN CERTIFICATE-----\n" + content + "\n-----END CERTIFICATE-----";
}

TEST(BuiltIns, CertificatesInOneFile) {
  DebMaker authorities("ca-certificates");
  authorities.file("usr/share/ca-certificates/mozilla/b.crt", pem("B") + "\n");
  authorities.file("usr/share/ca-certificates/mozilla/B.crt", pem("upper"));
  authorities.file("usr/share/ca-certificates/local/z.crt", pem("Z"))
      .file("usr/share/ca-certificates/x.txt", "x");
  const auto tree = tree_of({authorities});
  EXPECT_EQ(test::content_of(tree.files.entries().at("etc/ssl/certs/ca-certificates.crt")),
            pem("Z") + "\n" + pem("upper") + "\n" + pem("B") + "\n");
  EXPECT_EQ(tree.files.entries().count("usr/share/ca-certificates/mozilla/b.crt"), 0U);
  EXPECT_THAT(tree.done, Contains("built-in `certificates`: the bundle of certificates of authorities"));
}

TEST(BuiltIns, CertificatesThatAreNone) {
  DebMaker authorities("ca-certificates");
  authorities.file("usr/share/ca-certificates/x.crt", "<html>");
  EXPECT_EQ(failure([&] { tree_of({authorities}); }),
            "integrity: the built-in `certificates`: the certificate \"usr/share/ca-certificates/x.crt\" is "
            "not in PEM");
  DebMaker large("ca-certificates");
  large.file("usr/share/ca-certificates/x.crt", std::string((1U << 20U) + 1, 'x'));
  EXPECT_THAT(failure([&] { tree_of({large}); }), HasSubstr("limit: "));
}

TEST(BuiltIns, Accounts) {
  const auto files = listing(tree_of({}, {{}, {"accounts", "hosts"}}).files);
  EXPECT_THAT(files, AllOf(Contains("700 home/nonroot/"),
                           Contains("644 etc/passwd = root:x:0:0:root:/root:/sbin/nologin\n"
                                    "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n"
                                    "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"),
                           Contains("644 etc/group = root:x:0:\nnogroup:x:65534:\nnonroot:x:65532:\n"),
                           Contains(HasSubstr("hosts: files dns\n"))));
  const auto tree = tree_of({}, {{}, {"accounts"}}).files;
  EXPECT_EQ(tree.entries().at("home/nonroot").uid, 65532U);
}

TEST(BuiltIns, AccountsOfBasePasswd) {
  DebMaker base("base-passwd");
  base.file("usr/share/base-passwd/passwd.master", "daemon:*:1:1::/:\n");
  base.file("usr/share/base-passwd/group.master", "adm:*:4:");
  const auto files = listing(tree_of({base}).files);
  EXPECT_THAT(files, AllOf(Contains(HasSubstr("etc/passwd = daemon:*:1:1::/:\nnonroot:x:65532:")),
                           Contains(HasSubstr("etc/group = adm:*:4:\nnonroot:x:65532:"))));
}

// Users are numbers or names of whittle's own: no passwd or group but these two is ever read.
TEST(BuiltIns, Hostile090_ListsOfAccountsAreReadUpToALimitAndNotUnderstood) {
  for (const auto* list : {"passwd", "group"}) {
    const auto path = std::string("usr/share/base-passwd/") + list + ".master";
    DebMaker large("base-passwd");
    large.file(path, std::string((1U << 20U) + 1, 'x'));
    const auto told = failure([&] { tree_of({large}); });
    EXPECT_THAT(told, testing::StartsWith("limit: "));
    EXPECT_THAT(told, HasSubstr(path));
    DebMaker odd("base-passwd");
    const std::string lines = "one\n:::\nx:y:99999999999999999999:-1::\n";
    odd.file(path, lines + std::string(500'000, 'l'));
    EXPECT_THAT(listing(tree_of({odd}).files),
                Contains(testing::StartsWith(fmt::format("644 etc/{} = {}lll", list, lines))));
  }
}

TEST(BuiltIns, FoldersAndTimeZone) {
  DebMaker base("base-files");
  base.folder("tmp", 01777).folder("root", 0700).folder("run");
  DebMaker zones("tzdata");
  zones.file("usr/share/zoneinfo/Etc/UTC", "utc");
  const auto tree = tree_of({base, zones});
  EXPECT_THAT(listing(tree.files), AllOf(Contains("1777 tmp/"), Contains("700 root/"), Contains("755 run/"),
                                         Contains("777 etc/localtime -> /usr/share/zoneinfo/Etc/UTC"),
                                         Contains("644 etc/timezone = Etc/UTC\n")));
  EXPECT_EQ(tree.files.entries().at("var/run").link_target, "/run");
}

TEST(BuiltIns, Shell) {
  DebMaker box("busybox-static");
  box.file("bin/busybox",
           "\x7f"
           "ELF\0[\0[[\0other\0list\0\xaeZ[\0[[\0ash\0busybox\0sh\0vi\0\0rest"s,
           0755);
  const auto files = listing(tree_of({box}, {{}, {"shell"}}).files);
  EXPECT_THAT(files, AllOf(Contains("777 busybox/sh -> ../usr/bin/busybox"),
                           Contains("777 busybox/[[ -> ../usr/bin/busybox"),
                           Contains("777 busybox/busybox -> ../usr/bin/busybox")));
  EXPECT_EQ(std::count_if(files.begin(), files.end(), [](auto& line) { return line.find(" busybox/") < 5; }),
            7);
  EXPECT_THAT(failure([] { tree_of({}, {{}, {"shell"}}); }), HasSubstr("not-found: "));
  for (const auto& names : {"no list"s, "\0[\0[[\0../x\0sh\0"s, "\0[\0[[\0sh\0ash\0"s.substr(0, 7)}) {
    DebMaker odd("busybox-static");
    odd.file("bin/busybox", names, 0755);
    EXPECT_THAT(failure([&] { tree_of({odd}, {{}, {"shell"}}); }), HasSubstr("unsupported: "));
  }
}

TEST(BuiltIns, NamesThatAreNone) {
  EXPECT_EQ(failure([] { tree_of({}, {{}, {"ldconfig"}}); }), "spec: \"ldconfig\" is no built-in");
}

}  // namespace
}  // namespace whittle::packages
