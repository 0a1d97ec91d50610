#include "closure/closure.hpp"

#include <gmock/gmock.h>

#include "common/error.hpp"
#include "tests/unit/closure/made_image.hpp"

namespace whittle::closure {
namespace {

using test::MadeElf;
using test::MadeImage;
using test::nul;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

const std::string loader = "/lib64/ld-linux-x86-64.so.2";
const std::string libraries = "usr/lib/x86_64-linux-gnu/";

TEST(Closure, KeepsAProgramItsLoaderItsLibrariesAndEveryLinkOnTheWay) {
  MadeImage image;
  image.glibc();
  image.program(libraries + "libz.so.1.3", {.needed = {"libc.so.6"}, .soname = "libz.so.1"});
  image.link(libraries + "libz.so.1", "libz.so.1.3");
  image.program(libraries + "libunused.so.1", {.soname = "libunused.so.1"});
  image.program("usr/bin/api", {.interpreter = loader, .needed = {"libz.so.1", "libc.so.6"}});
  image.file("usr/bin/other", "other", 0755);
  image.config.execution.entrypoint = {"/usr/bin/api"};
  const auto closure = image.closure();
  EXPECT_THAT(
      image.files(closure),
      ElementsAre("lib", "lib64", "usr/bin/api", libraries + "ld-linux-x86-64.so.2", libraries + "libc.so.6",
                  libraries + "libz.so.1", libraries + "libz.so.1.3", "usr/lib64/ld-linux-x86-64.so.2"));
  EXPECT_THAT(closure.warnings, IsEmpty());
  EXPECT_EQ(MadeImage::reason(closure, libraries + "libz.so.1.3"), "a library of /usr/bin/api");
  EXPECT_EQ(MadeImage::reason(closure, "usr/bin/api"), "what the image starts");
  EXPECT_EQ(MadeImage::reason(closure, "usr/lib/x86_64-linux-gnu"),
            "holds /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
}

TEST(Closure, LooksForLibrariesInTheOrderOfTheLoader) {
  MadeImage image;
  image.glibc();
  for (const std::string folder :
       {"opt/rpath/", "opt/runpath/", "opt/variable/", "opt/configured/", "opt/app/lib/"})
    image.program(folder + "libx.so", {.soname = "libx.so"});
  image.program("opt/rpath/liby.so", {.needed = {"libz.so"}});
  image.program("opt/rpath/libz.so", {});
  image.file("etc/ld.so.conf", "# none\ninclude ld.so.conf.d/*.conf\n");
  image.file("etc/ld.so.conf.d/x.conf", "/opt/configured\ninclude /etc/ld.so.conf\n");
  image.program("opt/app/a",
                {.interpreter = loader, .needed = {"libx.so", "liby.so"}, .rpath = "/opt/rpath"});
  image.program("opt/app/b", {.interpreter = loader, .needed = {"libx.so"}, .runpath = "/opt/runpath"});
  image.program("opt/app/c", {.interpreter = loader, .needed = {"libx.so"}});
  image.program("opt/app/d",
                {.interpreter = loader, .needed = {"libx.so"}, .runpath = "$ORIGIN/lib:${ORIGIN}/none"});
  const auto found = [&](const std::string& program, const std::string& variable) {
    image.config.execution.entrypoint = {program};
    image.config.execution.env = {variable};
    const auto closure = image.closure();
    std::vector<std::string> files;
    for (const auto& file : image.files(closure))
      if (file.starts_with("opt/") && file.find("/lib") != std::string::npos && file.ends_with(".so") &&
          MadeImage::reason(closure, file) != "from no package")
        files.push_back(file);
    return files;
  };
  image.options.strict = true;
  const std::string variable = "LD_LIBRARY_PATH=/opt/variable";
  // What a library needs is looked for in the RPATH of the program as well.
  EXPECT_THAT(found("/opt/app/a", variable),
              ElementsAre("opt/rpath/libx.so", "opt/rpath/liby.so", "opt/rpath/libz.so"));
  EXPECT_THAT(found("/opt/app/b", variable), ElementsAre("opt/variable/libx.so"));
  EXPECT_THAT(found("/opt/app/b", "A=b"), ElementsAre("opt/runpath/libx.so"));
  EXPECT_THAT(found("/opt/app/c", "A=b"), ElementsAre("opt/configured/libx.so"));
  EXPECT_THAT(found("/opt/app/d", "A=b"), ElementsAre("opt/app/lib/libx.so"));
}

TEST(Closure, KeepsLibrariesForNewerProcessorsAndPassesOverThoseOfOtherMachines) {
  MadeImage image;
  image.glibc();
  image.program(libraries + "libm.so.6", {.soname = "libm.so.6"});
  image.program(libraries + "glibc-hwcaps/x86-64-v3/libm.so.6", {.soname = "libm.so.6"});
  image.program("opt/arm/libm.so.6", {.soname = "libm.so.6", .machine = 183});
  image.program("bin/a", {.interpreter = loader, .needed = {"libm.so.6"}, .rpath = "/opt/arm"});
  image.config.execution.entrypoint = {"/bin/a"};
  image.options.strict = true;
  EXPECT_THAT(image.files(image.closure()),
              IsSupersetOf({libraries + "libm.so.6", libraries + "glibc-hwcaps/x86-64-v3/libm.so.6"}));
  EXPECT_THAT(image.files(image.closure()), Not(Contains("opt/arm/libm.so.6")));
}

TEST(Closure, KnowsTheLoaderOfMusl) {
  MadeImage image;
  image.program("lib/ld-musl-x86_64.so.1", {.soname = "libc.musl-x86_64.so.1"});
  image.program("usr/lib/libfoo.so", {.needed = {"libc.musl-x86_64.so.1"}});
  image.program("app/api", {.interpreter = "/lib/ld-musl-x86_64.so.1",
                            .needed = {"libc.musl-x86_64.so.1", "libfoo.so", "libpthread.so.0"}});
  image.config.execution.entrypoint = {"/app/api"};
  const auto closure = image.closure();
  EXPECT_THAT(closure.warnings, IsEmpty());
  EXPECT_THAT(image.files(closure), ElementsAre("app/api", "lib/ld-musl-x86_64.so.1", "usr/lib/libfoo.so"));
}

TEST(Closure, FollowsScriptsTheirInterpretersAndTheirCommands) {
  MadeImage image;
  for (const auto* name : {"sh", "env", "sort", "gosu", "api", "unused", "sleep"})
    image.program("usr/bin/" + std::string(name), {});
  image.link("bin", "usr/bin");
  image.script("usr/local/bin/entry.sh", R"(#!/usr/bin/env -S sh -e
. /etc/functions
if [ "$1" = serve ]; then
  for i in a b; do sort </etc/list >"/tmp/$i"; done  # unused
fi
exec gosu nobody "$@"
)");
  image.file("etc/functions", "x=1\n");
  image.file("etc/list", "b\na\n");
  image.config.execution.entrypoint = {"entry.sh"};
  image.config.execution.cmd = {"api", "--listen", ":8080"};
  image.config.execution.others["Healthcheck"]["Test"] = {"CMD-SHELL", "sleep 1 || exit 1"};
  image.options.strict = true;
  const auto closure = image.closure();
  EXPECT_THAT(image.files(closure),
              ElementsAre("bin", "etc/functions", "etc/list", "usr/bin/api", "usr/bin/env", "usr/bin/gosu",
                          "usr/bin/sh", "usr/bin/sleep", "usr/bin/sort", "usr/local/bin/entry.sh"));
  EXPECT_EQ(MadeImage::reason(closure, "usr/bin/sort"), "a command in /usr/local/bin/entry.sh");
  EXPECT_EQ(MadeImage::reason(closure, "etc/functions"), "read by the script /usr/local/bin/entry.sh");
}

TEST(Closure, KeepsWhatIsPerhapsNeededUnlessItIsStrict) {
  MadeImage image;
  image.glibc();
  image.program(libraries + "libplugin.so.2", {.soname = "libplugin.so.2"});
  image.program("usr/bin/git", {});
  image.program("usr/bin/api",
                {.interpreter = loader,
                 .needed = {"libc.so.6"},
                 .imports = {"dlopen", "execvp"},
                 .data = "libplugin.so.2" + nul + "git" + nul + "/etc/api/api.conf" + nul + "none" + nul});
  image.file("etc/api/api.conf", "x");
  image.config.execution.entrypoint = {"/usr/bin/api"};
  const auto closure = image.closure();
  EXPECT_EQ(MadeImage::reason(closure, libraries + "libplugin.so.2"),
            "named in /usr/bin/api, which loads libraries by name (perhaps)");
  EXPECT_EQ(MadeImage::reason(closure, "usr/bin/git"), "run by /usr/bin/api (perhaps)");
  EXPECT_EQ(MadeImage::reason(closure, "etc/api/api.conf"), "named in /usr/bin/api");
  image.options.strict = true;
  const auto strict = image.closure();
  EXPECT_EQ(MadeImage::reason(strict, "usr/bin/git"), "");
  EXPECT_NE(MadeImage::reason(strict, "etc/api/api.conf"), "");
  EXPECT_THAT(strict.warnings,
              Contains("left out, though perhaps needed (run by /usr/bin/api): /usr/bin/git"));
}

TEST(Closure, FindsWhereATextOfGoEnds) {
  MadeImage image;
  image.file("etc/mime.types", "x");
  image.file("usr/share/zoneinfo/UTC", "x");
  image.file("usr/lib/locale/C.utf8/LC_CTYPE", "x");
  image.file("opt/data/a", "x");
  image.program("usr/bin/ls", {});
  image.program(
      "api",
      {.data = "got/etc/mime.typesinvalid/usr/share/zoneinfo/abc/usr/lib/locale/TZ//opt/data/etc/x/bin/lsabc",
       .is_go = true});
  image.link("bin", "usr/bin");
  image.config.execution.entrypoint = {"/api"};
  image.options.strict = true;
  EXPECT_THAT(image.files(image.closure()),
              ElementsAre("api", "bin", "etc/mime.types", "opt/data/a", "usr/share/zoneinfo/UTC"));
  image.options.strict = false;
  EXPECT_THAT(image.files(image.closure()), Contains("usr/bin/ls"));
}

TEST(Closure, AsksForWhatTheCLibraryReads) {
  MadeImage image;
  image.glibc();
  image.program(libraries + "libnss_ldap.so.2", {.soname = "libnss_ldap.so.2"});
  image.program(libraries + "libgcc_s.so.1", {.soname = "libgcc_s.so.1"});
  image.program("usr/bin/dash", {});
  image.link("usr/bin/sh", "dash");
  image.link("bin", "usr/bin");
  image.file("etc/nsswitch.conf", "passwd: files [NOTFOUND=return] ldap\n");
  image.file("etc/protocols", "x");
  image.file("etc/localtime", "x");
  image.program("usr/bin/a", {.interpreter = loader,
                              .needed = {"libc.so.6"},
                              .imports = {"system", "getpwnam", "getaddrinfo", "localtime", "pthread_exit"}});
  image.config.execution.entrypoint = {"a"};
  const auto closure = image.closure();
  EXPECT_THAT(image.files(closure), IsSupersetOf({std::string("usr/bin/dash"), libraries + "libnss_ldap.so.2",
                                                  libraries + "libgcc_s.so.1", std::string("etc/protocols"),
                                                  std::string("etc/localtime")}));
  EXPECT_EQ(MadeImage::reason(closure, "usr/bin/dash"), "runs the commands of /usr/bin/a");
}

TEST(Closure, GoesByPackages) {
  MadeImage image;
  image.glibc();
  image.program("usr/sbin/nginx", {.interpreter = loader, .needed = {"libc.so.6"}});
  image.file("etc/nginx/nginx.conf", "include /etc/nginx/sites/*.conf;\n");
  image.file("etc/nginx/sites/a.conf", "root /srv/www;\n");
  image.file("etc/logrotate.d/nginx", "x");
  image.file("srv/www/index.html", "x");
  image.file("usr/share/nginx/html/index.html", "x");
  image.file("usr/share/doc/nginx/copyright", "x");
  image.file("usr/share/doc/git/copyright", "x");
  image.file("usr/bin/git", "x", 0755);
  image.file("usr/share/own/data", "x");
  image.file("app/config.yaml", "x");
  image.package("nginx", {"usr/sbin/nginx"});
  image.package("nginx-common:amd64",
                {"etc/nginx/nginx.conf", "etc/logrotate.d/nginx", "usr/share/nginx/html/index.html"});
  image.package("git", {"usr/bin/git"});
  image.file("var/lib/dpkg/status",
             "Package: nginx-common\nSource: nginx (1.2)\nStatus: install ok installed\nVersion: 1\n\n");
  image.config.execution.cmd = {"nginx", "-g", "daemon off;"};
  const auto closure = image.closure();
  EXPECT_EQ(MadeImage::reason(closure, "etc/nginx/nginx.conf"),
            "configuration or data of the package of /usr/sbin/nginx");
  EXPECT_EQ(MadeImage::reason(closure, "usr/share/nginx/html/index.html"),
            "configuration or data of the package of /usr/sbin/nginx");
  EXPECT_EQ(MadeImage::reason(closure, "etc/nginx/sites/a.conf"),
            "named in the configuration /etc/nginx/nginx.conf");
  EXPECT_EQ(MadeImage::reason(closure, "app/config.yaml"), "from no package");
  EXPECT_EQ(MadeImage::reason(closure, "usr/share/own/data"), "from no package");
  EXPECT_EQ(MadeImage::reason(closure, "usr/bin/git"), "");
  EXPECT_EQ(MadeImage::reason(closure, "etc/logrotate.d/nginx"), "");
  EXPECT_EQ(MadeImage::reason(closure, "usr/share/doc/git/copyright"), "");
  EXPECT_NE(MadeImage::reason(closure, "usr/share/doc/nginx/copyright"), "");
  EXPECT_NE(MadeImage::reason(closure, "var/lib/dpkg/status"), "");
  EXPECT_THAT(closure.packages, ElementsAre("nginx", "nginx-common"));
  image.options.strict = true;
  const auto strict = image.closure();
  EXPECT_EQ(MadeImage::reason(strict, "app/config.yaml"), "");
  EXPECT_THAT(strict.warnings, Contains(HasSubstr("of no package below /app left out")));
}

TEST(Closure, KeepsARuntimeAndTheApplication) {
  MadeImage image;
  image.glibc();
  image.program("usr/bin/python3.11", {.interpreter = loader, .needed = {"libc.so.6"}});
  image.link("usr/bin/python3", "python3.11");
  image.file("usr/lib/python3.11/os.py", "x");
  image.file("usr/lib/python3/dist-packages/flask.py", "x");
  image.program("usr/lib/python3.11/lib-dynload/_ssl.so", {.needed = {"libssl.so.3"}});
  image.program(libraries + "libssl.so.3", {.soname = "libssl.so.3"});
  image.file("app/main.py", "x");
  image.file("app/helper.py", "x");
  image.config.execution.entrypoint = {"python3", "main.py"};
  image.config.execution.working_dir = "/app";
  image.options.strict = true;
  EXPECT_THAT(image.files(image.closure()),
              IsSupersetOf({std::string("usr/bin/python3"), std::string("usr/lib/python3.11/os.py"),
                            std::string("usr/lib/python3/dist-packages/flask.py"), libraries + "libssl.so.3",
                            std::string("app/main.py"), std::string("app/helper.py")}));
}

TEST(Closure, KeepsAVirtualEnvironmentThatAShellStarts) {
  MadeImage image;
  image.glibc();
  image.program("usr/bin/dash", {});
  image.link("usr/bin/sh", "dash");
  image.program("usr/bin/python3.11", {.interpreter = loader, .needed = {"libc.so.6"}});
  image.file("usr/lib/python3.11/os.py", "x");
  image.file("opt/venv/pyvenv.cfg", "home = /usr/bin\n");
  image.file("opt/venv/lib/python3.11/site-packages/gunicorn.py", "x");
  image.script("opt/venv/bin/gunicorn", "#!/opt/venv/bin/python3\n");
  image.link("opt/venv/bin/python3", "/usr/bin/python3.11");
  image.file("app/wsgi.py", "x");
  image.file("srv/other", "x");
  image.config.execution.cmd = {"sh", "-c", "exec gunicorn wsgi:app"};
  image.config.execution.env = {"PATH=/opt/venv/bin:/usr/bin"};
  image.config.execution.working_dir = "/app";
  image.options.strict = true;
  const auto files = image.files(image.closure());
  EXPECT_THAT(files, IsSupersetOf({"app/wsgi.py", "opt/venv/lib/python3.11/site-packages/gunicorn.py",
                                   "opt/venv/pyvenv.cfg", "usr/lib/python3.11/os.py"}));
  EXPECT_THAT(files, Not(Contains("srv/other")));
}

TEST(Closure, SaysWhatWasMissingBefore) {
  MadeImage image;
  image.script("entry", "#!/usr/bin/python3 -u\n");
  image.program("bin/a", {.interpreter = loader, .needed = {"libx.so.1", "../x\x1b.so"}});
  image.config.execution.entrypoint = {"/entry"};
  EXPECT_THAT(image.closure().warnings,
              ElementsAre("the script /entry wants \"/usr/bin/python3\", which is not in the image"));
  image.config.execution.entrypoint = {"/bin/a"};
  EXPECT_THAT(image.closure().warnings,
              ElementsAre(HasSubstr("asks for the loader"), HasSubstr("needs the library \"libx.so.1\""),
                          HasSubstr("\"../x\\x1b.so\"")));
  image.config.execution.entrypoint = {"nothing"};
  EXPECT_THAT(image.closure().warnings,
              ElementsAre("\"nothing\", which the config starts, is not in the image"));
  image.config.execution.entrypoint.reset();
  EXPECT_THROW(image.closure(), Error);
  image.options.is_wanted = [](const auto& node) { return node.path().starts_with("bin/"); };
  EXPECT_EQ(MadeImage::reason(image.closure(), "bin/a"), "kept by --keep");
}

TEST(Closure, WarnsOfAProgramThatComputesWhatItLoads) {
  MadeImage image;
  image.program("bin/a", {.imports = {"dlopen"}, .data = "plugin-%s.so" + nul});
  image.program("bin/b",
                {.interpreter = "/bin/a", .imports = {"dlopen"}, .data = "/usr/lib/b/modules/%s" + nul});
  image.file("usr/lib/b/modules/x.so", "x");
  image.config.execution.entrypoint = {"/bin/b"};
  const auto closure = image.closure();
  EXPECT_THAT(closure.warnings, IsEmpty());
  EXPECT_EQ(MadeImage::reason(closure, "usr/lib/b/modules/x.so"), "named in /bin/b");
  image.program("bin/b", {.interpreter = "/bin/a", .imports = {"dlopen"}});
  EXPECT_THAT(image.closure().warnings,
              ElementsAre(HasSubstr("/bin/b loads libraries, and the names are not in it")));
}

TEST(Closure, EndsWhereLinksScriptsAndConfigurationsRunInCircles) {
  MadeImage image;
  image.link("a", "b");
  image.link("b", "a");
  image.script("bin/x", "#!/bin/y\n");
  image.script("bin/y", "#!/bin/x\n");
  image.file("etc/ld.so.conf", "include ld.so.conf\ninclude /etc/*.conf\n");
  image.program("bin/z",
                {.interpreter = "/a", .needed = {"libx.so", "\xff\xfe"}, .rpath = "/a:$ORIGIN/$ORIGIN:"});
  image.config.execution.entrypoint = {"/bin/x", "/bin/z", "/a", "../../../a"};
  EXPECT_THAT(image.files(image.closure()), IsSupersetOf({"bin/x", "bin/y", "bin/z", "etc/ld.so.conf"}));
}

TEST(Closure, KeepsWhatAHardLinkAsksForAndNoOtherNameOfIt) {
  MadeImage image;
  image.glibc();
  image.program("usr/bin/perl", {.interpreter = loader, .needed = {"libc.so.6"}});
  image.hard_link("usr/bin/perl5", "usr/bin/perl");
  image.config.execution.entrypoint = {"/usr/bin/perl5"};
  const auto closure = image.closure();
  EXPECT_THAT(image.files(closure), IsSupersetOf({std::string("usr/bin/perl5"), libraries + "libc.so.6"}));
  EXPECT_FALSE(closure.kept.contains("usr/bin/perl"));
}

TEST(Closure, KeepsAFolderThatIsNamedUnlessItIsOfSeveralPackages) {
  MadeImage image;
  image.program("api", {});
  image.program("bin/a", {.interpreter = "/api",
                          .data = "/usr/share/one" + nul + "/usr/share/two" + nul + "/usr/share" + nul});
  image.file("usr/share/one/x", "x")
      .file("usr/share/two/x", "x")
      .file("usr/share/two/y", "x")
      .file("usr/share/z", "x");
  image.package("one", {"usr/share/one/x", "usr/share/two/x", "usr/share/z"})
      .package("two", {"usr/share/two/y"});
  image.config.execution.entrypoint = {"/bin/a"};
  const auto closure = image.closure();
  EXPECT_EQ(MadeImage::reason(closure, "usr/share/one/x"), "named in /bin/a");
  EXPECT_EQ(MadeImage::reason(closure, "usr/share/two"), "named in /bin/a");
  EXPECT_EQ(MadeImage::reason(closure, "usr/share/two/x"), "");
  EXPECT_EQ(MadeImage::reason(closure, "usr/share/z"), "");
}

TEST(Closure, StaysQuickWhereThousandsOfFoldersAreNamedInEachOther) {
  MadeImage image;
  std::string path = "d";
  std::string names;
  for (int i = 0; i < 100; ++i) names += "/" + (path += "/d") + nul;
  for (int i = 0; i < 2'000; ++i) image.file(path + "/" + std::to_string(i), "x");
  for (int i = 0; i < 200; ++i) names += "/" + path + "/" + std::to_string(i) + nul;
  image.program("bin/a", {.interpreter = "/x",
                          .needed = std::vector<std::string>(1'000, "libx.so"),
                          .runpath = "/d:$ORIGIN",
                          .data = names});
  image.config.execution.entrypoint = {"/bin/a"};
  EXPECT_EQ(image.files(image.closure()).size(), 2'001U);
}

TEST(Closure, KeepsFoldersToWriteTo) {
  MadeImage image;
  image.program("api", {});
  image.folder("tmp", 01777);
  image.folder("var")
      .folder("var/lib")
      .folder("var/lib/data", 0755, 999)
      .folder("var/run")
      .folder("usr")
      .folder("usr/share");
  image.file("usr/share/x", "x");
  image.config.execution.entrypoint = {"/api"};
  image.config.execution.volumes = {"/var/lib/data"};
  image.folder("opt").folder("opt/shop");
  image.file("etc/passwd", "root:x:0:0::/root:/bin/sh\nshop:x:1000:1000:Shop:/opt/shop:/bin/sh\nbroken\n");
  image.config.execution.user = "1000:1000";
  const auto closure = image.closure();
  for (const auto* path : {"tmp", "var/lib/data", "var/run", "opt/shop"})
    EXPECT_NE(MadeImage::reason(closure, path), "") << path;
  EXPECT_EQ(MadeImage::reason(closure, "usr/share"), "");
}

}  // namespace
}  // namespace whittle::closure
