#include "builder/context_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/file.hpp"
#include "layers/layer_writer.hpp"
#include "tests/support/failure.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using layers::FileEntry;
using layers::FileTree;
using test::failure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Warnings final : public Reporter {
 public:
  void verbose(std::string_view) override {}
  void note(std::string_view) override {}
  void warn(std::string_view line) override { lines.emplace_back(line); }
  std::unique_ptr<Task> start(std::string_view label, std::uint64_t total) override {
    return SilentReporter().start(label, total);
  }
  std::vector<std::string> lines;
};

class ContextFiles : public testing::Test {
 protected:
  ContextFiles() { fs::create_directories(context()); }

  fs::path context() const { return folder_.path() / "context"; }
  void write(const fs::path& name, std::string_view text = "x") const {
    fs::create_directories((context() / name).parent_path());
    write_file(context() / name, text, AtomicFile::Durability::content);
  }
  void link(const fs::path& name, const fs::path& target) const {
    fs::create_symlink(target, context() / name);
  }

  static FileSpec spec(std::string from, std::string to) {
    FileSpec file;
    file.from = std::move(from);
    file.to = std::move(to);
    file.where = {"w.yaml", 7, 9};
    return file;
  }
  Secrets secrets = Secrets::warn;
  FileTree add(const std::vector<FileSpec>& files) {
    const DigestFile digest = [this](int fd, const fs::path& path) {
      if (while_reading) while_reading(path);
      const auto own = std::make_shared<const Fd>(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
      FileSource source(own, path);
      Hasher hasher;
      pump(source, hasher);
      return hasher.finish();
    };
    FileTree tree;
    add_context_files(context(), files, secrets, digest, tree, warnings, stop.get_token());
    return tree;
  }
  std::string add_failure(const std::vector<FileSpec>& files) {
    auto message = failure([&] { add(files); });
    // Where the test's folder lies is of no interest.
    for (auto at = message.find(folder_.path().native()); at != std::string::npos;
         at = message.find(folder_.path().native()))
      message.replace(at, folder_.path().native().size(), "T");
    return message;
  }
  // One line an entry, `TYPE MODE OWNER PATH`.
  std::vector<std::string> listing(const std::vector<FileSpec>& files) {
    std::vector<std::string> lines;
    const auto tree = add(files);
    for (const auto& item : tree.entries()) {
      const auto& entry = item.second;
      const char type = entry.type == FileEntry::Type::directory ? 'd'
                        : entry.type == FileEntry::Type::file    ? 'f'
                                                                 : 'l';
      lines.push_back(fmt::format("{} {:04o} {}:{} {}", type, entry.mode, entry.uid, entry.gid, item.first));
    }
    return lines;
  }
  std::vector<std::string> paths(const std::vector<FileSpec>& files) {
    std::vector<std::string> result;
    const auto tree = add(files);
    for (const auto& item : tree.entries()) result.push_back(item.first);
    return result;
  }

  Warnings warnings;
  std::stop_source stop;
  std::function<void(const fs::path&)> while_reading;

 private:
  TemporaryFolder folder_{fs::temp_directory_path()};
};

TEST_F(ContextFiles, AFileGoesToAPathOrIntoAFolder) {
  write("config/app.yaml");
  EXPECT_THAT(paths({spec("config/app.yaml", "/etc/x")}), ElementsAre("etc", "etc/x"));
  EXPECT_THAT(paths({spec("config/app.yaml", "/etc/")}), ElementsAre("etc", "etc/app.yaml"));
  EXPECT_THAT(paths({spec("config/app.yaml", "/")}), ElementsAre("app.yaml"));
}

TEST_F(ContextFiles, TheContentOfAFolderGoesBelow) {
  write("config/a/b");
  fs::create_directory(context() / "config/empty");
  const std::vector<std::string> expected = {"etc", "etc/a", "etc/a/b", "etc/empty"};
  for (const auto* const from : {"config", "config/"})
    for (const auto* const to : {"/etc", "/etc/"}) EXPECT_EQ(paths({spec(from, to)}), expected);
  EXPECT_THAT(paths({spec("config", "/")}), ElementsAre("a", "a/b", "empty"));
  EXPECT_THAT(paths({spec(".", "/x")}),
              ElementsAre("x", "x/config", "x/config/a", "x/config/a/b", "x/config/empty"));
}

TEST_F(ContextFiles, ModesAndOwnersDependOnTheSpecAlone) {
  write("d/run");
  write("d/sub/data");
  fs::permissions(context() / "d/run", static_cast<fs::perms>(04711));
  fs::permissions(context() / "d/sub/data", static_cast<fs::perms>(0600));
  fs::permissions(context() / "d/sub", static_cast<fs::perms>(0700));
  EXPECT_THAT(listing({spec("d", "/x")}),
              ElementsAre("d 0755 0:0 x", "f 0755 0:0 x/run", "d 0755 0:0 x/sub", "f 0644 0:0 x/sub/data"));
  auto owned = spec("d", "/o/x");
  owned.owner = {7, 8};
  owned.mode = 0440;
  EXPECT_THAT(listing({owned}), ElementsAre("d 0755 0:0 o", "d 0755 7:8 o/x", "f 0440 7:8 o/x/run",
                                            "d 0755 7:8 o/x/sub", "f 0440 7:8 o/x/sub/data"));
}

TEST_F(ContextFiles, EntriesShareFolders) {
  write("a/one");
  write("b/two");
  auto second = spec("b", "/etc");
  second.owner = {5, 5};
  EXPECT_THAT(listing({spec("a", "/etc"), second}),
              ElementsAre("d 0755 0:0 etc", "f 0644 0:0 etc/one", "f 0644 5:5 etc/two"));
}

TEST_F(ContextFiles, ContentsAreReadFromTheContext) {
  write("a", "content");
  const auto tree = add({spec("a", "/a")});
  const auto& entry = tree.entries().at("a");
  EXPECT_EQ(entry.size, 7U);
  EXPECT_EQ(entry.content, Digest::of("content"));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(read_all(*entry.open(), 100, "a"), "content");
}

TEST_F(ContextFiles, Hostile013_SourcesInsideTheContextOnly) {
  write("a");
  write("../outside/secret");
  link("out", "../outside");
  link("loop", "loop/x");
  EXPECT_EQ(add_failure({spec("missing", "/a")}),
            "spec: w.yaml:7:9: `from` \"missing\": there is no such file or folder");
  EXPECT_EQ(
      add_failure({spec("*.yaml", "/a")}),
      "spec: w.yaml:7:9: `from` \"*.yaml\": there is no such file or folder (patterns are not expanded)");
  EXPECT_EQ(add_failure({spec("a/", "/a")}),
            "spec: w.yaml:7:9: `from` \"a/\": it is no folder, though it ends in a slash");
  EXPECT_EQ(
      add_failure({spec("out/", "/a")}),
      "spec: w.yaml:7:9: `from` \"out/\": it leaves the spec's folder by a symbolic link, to \"T/outside\"");
  EXPECT_EQ(add_failure({spec("out/secret", "/a")}),
            "spec: w.yaml:7:9: `from` \"out/secret\": it leaves the spec's folder by a symbolic link, to "
            "\"T/outside/secret\"");
  EXPECT_EQ(add_failure({spec("loop/y", "/a")}),
            "spec: w.yaml:7:9: `from` \"loop/y\": its symbolic links go round in a loop");
}

TEST_F(ContextFiles, AFolderBehindALinkInsideIsRead) {
  write("real/sub/x");
  link("alias", "real");
  EXPECT_THAT(paths({spec("alias/", "/a")}), ElementsAre("a", "a/sub", "a/sub/x"));
  EXPECT_THAT(paths({spec("alias/sub/x", "/x")}), ElementsAre("x"));
  EXPECT_THAT(listing({spec("alias", "/a")}), ElementsAre("l 0777 0:0 a"));
}

TEST_F(ContextFiles, Hostile015_TwoSourcesForOnePath) {
  write("a/x");
  write("b/x");
  EXPECT_EQ(add_failure({spec("a", "/etc"), spec("b", "/etc")}),
            "spec: w.yaml:7:9: \"T/context/a/x\" and \"T/context/b/x\" both go to \"/etc/x\" in the image");
  EXPECT_THAT(add_failure({spec("a/x", "/etc"), spec("b", "/etc")}),
              HasSubstr("both go to \"/etc\" in the image"));
  EXPECT_THAT(add_failure({spec("a/x", "/etc"), spec("b/x", "/etc/y")}),
              HasSubstr("adding \"T/context/b/x\": "));
}

TEST_F(ContextFiles, Hostile015_TwinsInCaseAreNamed) {
  write("d/Read");
  write("d/read");
  EXPECT_EQ(add({spec("d", "/d")}).entries().size(), 3U);
  EXPECT_THAT(
      warnings.lines,
      ElementsAre("in the image, /d/Read and /d/read differ only in case or in the form of an accent"));
}

TEST_F(ContextFiles, Hostile016_WhiteoutNames) {
  write("d/.wh.x");
  EXPECT_THAT(add_failure({spec("d", "/d")}), StartsWith("spec: w.yaml:7:9: adding \"T/context/d/.wh.x\": "));
}

TEST_F(ContextFiles, Hostile043_SecretsAreRefusedWhereTheSpecDeniesThem) {
  write("d/id_rsa", "hunter2");
  write("d/ok", "x");
  secrets = Secrets::deny;
  const auto message = add_failure({spec("d", "/d")});
  EXPECT_THAT(
      message,
      HasSubstr("id_rsa\" looks like a secret (private key of ssh), and the spec has `secrets: deny`"));
  EXPECT_THAT(message, testing::Not(HasSubstr("hunter2")));
}

TEST_F(ContextFiles, Hostile043_SecretsAreNamedButNotShown) {
  write("d/.env", "PASSWORD=hunter2");
  write("d/.env.example", "PASSWORD=");
  write("d/.git/config", "x");
  write(
      "d/key.pem",
      "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\nhunter2\n");
  write("d/cert.pem", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n");
  write("d/ssh/id_ed25519", "hunter2");
  add({spec("d", "/d")});
  std::string all;
  for (const auto& line : warnings.lines) all += line + "\n";
  EXPECT_EQ(warnings.lines.size(), 4U) << all;
  EXPECT_THAT(all,
              HasSubstr("/context/d/.env\" goes into the image and looks like a secret (environment file)"));
  EXPECT_THAT(all,
              HasSubstr("/context/d/.git\" goes into the image and looks like a secret (git repository)"));
  EXPECT_THAT(
      all, HasSubstr(
               "/context/d/key.pem\" goes into the image and looks like a secret (private key in PEM form)"));
  EXPECT_THAT(
      all,
      HasSubstr(
          "/context/d/ssh/id_ed25519\" goes into the image and looks like a secret (private key of ssh)"));
  EXPECT_THAT(all, testing::Not(HasSubstr("hunter2")));
}

TEST_F(ContextFiles, Hostile044_LinksStayVerbatimWhileTheirTargetIsInside) {
  write("d/file");
  write("other");
  link("d/near", "file");
  link("d/up", "../other");
  link("d/folder", ".");
  const auto tree = add({spec("d", "/x")});
  EXPECT_EQ(tree.entries().at("x/near").link_target, "file");
  EXPECT_EQ(tree.entries().at("x/up").link_target, "../other");
  EXPECT_EQ(tree.entries().at("x/folder").type, FileEntry::Type::symlink);
}

TEST_F(ContextFiles, Hostile044_LinksThatLeaveDangleOrLoop) {
  write("../secret");
  const auto message = [&](const char* target) {
    fs::remove(context() / "link");
    link("link", target);
    auto text = add_failure({spec("link", "/x")});
    text.resize(text.find('\n'));
    return text;
  };
  EXPECT_EQ(message("/etc/passwd"),
            "policy: w.yaml:7:9: the symbolic link \"T/context/link\" to \"/etc/passwd\" leaves the "
            "context");
  EXPECT_THAT(message("../secret"), HasSubstr("to \"../secret\" leaves the context"));
  EXPECT_THAT(message("../context/x"), HasSubstr("leaves the context"));
  EXPECT_THAT(message("nowhere"), HasSubstr("to \"nowhere\" leads nowhere"));
  EXPECT_THAT(message("link"), HasSubstr("to \"link\" goes round in a loop"));
}

TEST_F(ContextFiles, Hostile045_WhatIsNoFile) {
  ASSERT_EQ(::mkfifo((context() / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(add_failure({spec(".", "/x")}),
            "io: w.yaml:7:9: \"T/context/fifo\" is a FIFO, which no image can hold\nhint: leave "
            "it out with a line in .whittleignore");
  fs::remove(context() / "fifo");
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = (context() / "socket").native();
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_THAT(add_failure({spec("socket", "/x")}), HasSubstr("is a socket"));
  write(".whittleignore", "socket\n");
  EXPECT_EQ(add_failure({spec(".", "/x")}), "no error");
}

TEST_F(ContextFiles, Hostile045_UnreadableFiles) {
  write("a");
  ASSERT_EQ(::chmod((context() / "a").c_str(), 0), 0);
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  EXPECT_EQ(add_failure({spec("a", "/a")}), "io: opening T/context/a: Permission denied");
}

TEST_F(ContextFiles, Hostile045_FilesThatChangeWhileTheyAreRead) {
  write("a", "one");
  while_reading = [&](const fs::path& path) { write_file(path, "longer", AtomicFile::Durability::content); };
  // The new file has another inode: what is open stays what it was, and the writer finds the difference.
  const auto tree = add({spec("a", "/a")});
  TextSink sink(1U << 20U, "layer");
  EXPECT_THAT(failure([&] { layers::write_layer(tree, {}, sink, {}); }), StartsWith("conflict: "));
  while_reading = [](const fs::path& path) {
    const Fd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    ASSERT_EQ(::write(fd.get(), "more", 4), 4);
  };
  EXPECT_EQ(add_failure({spec("a", "/a")}), "conflict: \"T/context/a\" changed while it was read");
}

TEST_F(ContextFiles, Hostile045_AFileSwappedForALinkIsNotFollowed) {
  write("a", "one");
  write("../secret", "one");
  const auto tree = add({spec("a", "/a")});
  fs::remove(context() / "a");
  link("a", "../secret");
  EXPECT_THAT(failure([&] { tree.entries().at("a").open(); }), StartsWith("conflict: "));
}

TEST_F(ContextFiles, Hostile046_HardLinksDepthAndOddNames) {
  write("d/file", "x");
  fs::create_hard_link(context() / "d/file", context() / "d/again");
  fs::path deep = "d";
  for (int i = 0; i < 64; ++i) deep /= "n";
  write(deep / "file");
  write("d/new\nline");
  write("d/back\\slash");
  write("d/\xff");
  const auto tree = add({spec("d", "/d")});
  EXPECT_EQ(tree.entries().at("d/again").content, tree.entries().at("d/file").content);
  for (const auto* const name : {"d/new\nline", "d/back\\slash", "d/\xff"})
    EXPECT_TRUE(tree.entries().contains(name)) << name;
  EXPECT_TRUE(tree.entries().contains(deep.native() + "/file"));
}

TEST_F(ContextFiles, Hostile046_TheOrderOfCreationDoesNotMatter) {
  for (int i = 0; i < 50; ++i) write(fmt::format("one/{}", i));
  for (int i = 49; i >= 0; --i) write(fmt::format("two/{}", i));
  EXPECT_EQ(add({spec("one", "/d")}).digest(), add({spec("two", "/d")}).digest());
}

TEST_F(ContextFiles, IgnoreFilesApply) {
  write("d/keep");
  write("d/drop.log");
  write("d/sub/drop.log");
  write("d/sub/keep");
  write("d/out/deep/keep");
  write(".dockerignore", "**/*.log\nd/out\n");
  write(".whittleignore", "!d/out/deep/keep\n");
  EXPECT_THAT(paths({spec("d", "/d")}),
              ElementsAre("d", "d/keep", "d/out", "d/out/deep", "d/out/deep/keep", "d/sub", "d/sub/keep"));
  EXPECT_EQ(add_failure({spec("d/drop.log", "/x")}),
            "spec: w.yaml:7:9: `from` \"d/drop.log\": an ignore file leaves out all of it");
  write(".whittleignore", "d\n");
  EXPECT_EQ(add_failure({spec("d", "/x")}),
            "spec: w.yaml:7:9: `from` \"d\": an ignore file leaves out all of it");
}

TEST_F(ContextFiles, Hostile047_IgnoreFilesThatAreNone) {
  write("a");
  write("../outside", "a");
  link(".dockerignore", "../outside");
  EXPECT_EQ(add_failure({spec("a", "/a")}),
            "spec: \"T/context/.dockerignore\" is a symbolic link that leaves the context");
  fs::remove(context() / ".dockerignore");
  write("rules", "a");
  link(".dockerignore", "rules");
  EXPECT_THAT(add_failure({spec("a", "/a")}), HasSubstr("leaves out all of it"));
  fs::remove(context() / ".dockerignore");
  fs::create_directory(context() / ".dockerignore");
  EXPECT_EQ(add_failure({spec("a", "/a")}), "io: reading T/context/.dockerignore: it is not a regular file");
  fs::remove(context() / ".dockerignore");
  write(".dockerignore", "x\n[\n");
  EXPECT_EQ(add_failure({spec("a", "/a")}), "spec: T/context/.dockerignore:2: \"[\" is malformed");
}

TEST_F(ContextFiles, StopsWhenAsked) {
  write("a");
  stop.request_stop();
  EXPECT_EQ(add_failure({spec("a", "/a")}), "interrupted: interrupted");
}

TEST_F(ContextFiles, Hostile229_FewDescriptorsAreEnough) {
  for (int i = 0; i < 100; ++i) write(fmt::format("d/{}/f", i));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{32, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const auto message = add_failure({spec("d", "/d")});
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(message, "no error");
}

}  // namespace
}  // namespace whittle::builder
