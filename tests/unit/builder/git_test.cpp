#include "builder/git.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "builder/git_references.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/subprocess.hpp"
#include "common/text.hpp"
#include "tests/support/test_git.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using test::git_program;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

class Git : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(git_program)) GTEST_SKIP() << "these tests make their repositories with " << git_program;
    fs::create_directory(root());
    git({"init", "-q", "-b", "main"});
  }

  fs::path root() const { return folder_.path() / "repo"; }
  fs::path marker() const { return folder_.path() / "marker"; }
  fs::path scratch() const { return folder_.path(); }

  std::string git(const std::vector<std::string>& arguments, const fs::path& where = {}) const {
    return test::git(arguments, where.empty() ? root() : where);
  }
  void write(const fs::path& name, std::string_view text = "x") const {
    fs::create_directories((root() / name).parent_path());
    write_file(root() / name, text, AtomicFile::Durability::content);
  }
  void commit() const {
    git({"add", "-A"});
    git({"commit", "-q", "--allow-empty", "-m", "c"});
  }
  static GitCheckout checkout(const fs::path& folder) {
    auto found = GitCheckout::find(folder);
    EXPECT_TRUE(found);
    return found.value_or(GitCheckout());
  }
  std::vector<std::string> tags() const { return checkout(root()).tags_at_head(git_program, {}, scratch()); }
  // The names below the root of what differs, or "?" when it cannot be found out.
  std::vector<std::string> modified(const std::vector<std::string>& names,
                                    const fs::path& program = git_program) const {
    std::vector<fs::path> paths;
    for (const auto& name : names) paths.push_back(root() / name);
    const auto found = checkout(root()).modified(paths, program, {}, scratch());
    if (!found) return {"?"};
    std::vector<std::string> result;
    for (const auto& path : *found) result.push_back(path.lexically_relative(root()).native());
    return result;
  }

 private:
  TemporaryFolder folder_{fs::temp_directory_path()};
};

TEST_F(Git, FindsTheRepositoryAboveAFolder) {
  write("a/b/c");
  EXPECT_EQ(checkout(root() / "a/b").root(), root());
  EXPECT_EQ(checkout(root() / "a/").root(), root());
  EXPECT_FALSE(GitCheckout::find("/"));
  fs::create_directories(root() / "a/.git");  // without HEAD it is none
  EXPECT_EQ(checkout(root() / "a/b").root(), root());
}

TEST_F(Git, ARevisionIsACommitAsPeopleNameIt) {
  commit();
  commit();
  git({"tag", "-a", "v1", "-m", "t"});
  git({"branch", "feature/x", "HEAD~1"});
  git({"update-ref", "refs/remotes/origin/main", "HEAD"});
  const auto id = [&](const char* revision) {
    auto text = git({"rev-parse", std::string(revision) + "^{commit}"});
    while (text.ends_with('\n')) text.pop_back();
    return text;
  };
  const auto found = [&](const std::string& revision) {
    return checkout(root()).commit_of(revision, git_program, {}, scratch());
  };
  for (const auto* revision : {"HEAD", "main", "v1", "feature/x", "origin/main", "HEAD~1", "main^", "v1^0"})
    EXPECT_THAT(found(revision), Optional(id(revision))) << revision;
  EXPECT_THAT(found(id("HEAD").substr(0, 10)), Optional(id("HEAD")));
  for (const auto* revision : {"nothing", "HEAD~7", "--all", "HEAD:a", "../HEAD", "main@{1}", ""})
    EXPECT_FALSE(found(revision)) << revision;
}

TEST_F(Git, HeadIsReadFromLooseAndPackedReferences) {
  EXPECT_EQ(checkout(root()).head(), std::nullopt);
  commit();
  const auto id = git({"rev-parse", "HEAD"});
  EXPECT_EQ(checkout(root()).head(), id);
  git({"pack-refs", "--all"});
  ASSERT_FALSE(fs::exists(root() / ".git/refs/heads/main"));
  EXPECT_EQ(checkout(root()).head(), id);
  git({"checkout", "-q", "--detach"});
  EXPECT_EQ(checkout(root()).head(), id);
}

TEST_F(Git, WorktreesAndSubmodulesHaveTheirOwnHead) {
  commit();
  const auto first = git({"rev-parse", "HEAD"});
  git({"worktree", "add", "-q", "../tree", "-b", "other"});
  write("x");
  commit();
  EXPECT_EQ(checkout(root() / "../tree").head(), first);
  EXPECT_NE(checkout(root()).head(), first);
  git({"tag", "here", first});
  EXPECT_THAT(checkout(root() / "../tree").tags_at_head(git_program, {}, scratch()), ElementsAre("here"));
  git({"submodule", "--quiet", "add", "../repo", "module"});
  EXPECT_EQ(checkout(root() / "module").head(), git({"rev-parse", "HEAD"}, root() / "module"));
  EXPECT_EQ(checkout(root() / "module").root(), root() / "module");
}

TEST_F(Git, TagsThatNameHead) {
  commit();
  git({"tag", "old"});
  write("x");
  commit();
  git({"tag", "v1.10"});
  git({"tag", "v1.9"});
  git({"tag", "-a", "-m", "m", "annotated"});
  git({"tag", "-a", "-m", "m", "of-a-tag", "annotated"});
  git({"tag", "-a", "-m", "m", "of-old", "old"});
  EXPECT_THAT(tags(), ElementsAre("annotated", "of-a-tag", "v1.10", "v1.9"));
  // Without git, annotated tags that are not packed are not known.
  EXPECT_THAT(checkout(root()).tags_at_head({}, {}, scratch()), ElementsAre("v1.10", "v1.9"));
  git({"pack-refs", "--all"});
  EXPECT_THAT(checkout(root()).tags_at_head({}, {}, scratch()),
              ElementsAre("annotated", "of-a-tag", "v1.10", "v1.9"));
  git({"tag", "-f", "v1.9", "old"});  // loose now, before the packed one
  EXPECT_THAT(tags(), ElementsAre("annotated", "of-a-tag", "v1.10"));
}

TEST_F(Git, Hostile040_OddTagNames) {
  commit();
  const auto id = git({"rev-parse", "HEAD"});
  for (const auto* const name : {"a'b\"c", "$(touch x)", "-x", "with space", "new\nline", "x.lock"})
    write(fs::path(".git/refs/tags") / name, id + "\n");
  EXPECT_THAT(tags(), ElementsAre("-x", "a'b\"c"));
}

TEST_F(Git, WhatIsModified) {
  write("same");
  write("changed");
  write("gone");
  write("mode");
  write("type");
  write("below/same");
  write("-odd \"name\"\n*", "x");
  fs::create_symlink("same", root() / "link");
  fs::create_symlink("same", root() / "moved-link");
  commit();
  write("changed", "y");
  write("new");
  fs::remove(root() / "gone");
  fs::permissions(root() / "mode", fs::perms::owner_all);
  fs::remove(root() / "type");
  ASSERT_EQ(::mkfifo((root() / "type").c_str(), 0600), 0);
  fs::remove(root() / "moved-link");
  fs::create_symlink("changed", root() / "moved-link");
  EXPECT_THAT(modified({"same", "changed", "gone", "mode", "type", "below/same", "-odd \"name\"\n*", "link",
                        "moved-link", "new"}),
              ElementsAre("changed", "gone", "mode", "moved-link", "new", "type"));
  EXPECT_THAT(modified({"below/same", "same", "same"}), IsEmpty());
  EXPECT_THAT(modified({}), IsEmpty());
  EXPECT_THAT(modified({"below/../same", "../outside"}), ElementsAre("../outside"));
}

TEST_F(Git, ModifiedNeedsGitAndItsObjects) {
  write("a");
  commit();
  EXPECT_THAT(modified({"a"}, {}), ElementsAre("?"));
  EXPECT_THAT(modified({"a"}, "/no/such/git"), ElementsAre("?"));
  const auto checkout = GitCheckout::find(root());
  EXPECT_EQ(checkout->modified({root() / "a"}, git_program, {}, "/no/such/folder"), std::nullopt);
  fs::remove_all(root() / ".git/objects");
  EXPECT_THAT(modified({"a"}), ElementsAre("?"));
}

TEST_F(Git, ManyFiles) {
  std::vector<std::string> names;
  for (int i = 0; i < 2000; ++i) names.push_back(fmt::format("folder-with-a-long-name/file-number-{}", i));
  for (const auto& name : names) write(name);
  commit();
  EXPECT_THAT(modified(names), IsEmpty());
  write(names[1999], "y");
  EXPECT_THAT(modified(names), ElementsAre(names[1999]));
}

TEST_F(Git, Sha256Repositories) {
  fs::remove_all(root() / ".git");
  git({"init", "-q", "--object-format=sha256"});
  write("a");
  commit();
  git({"tag", "-a", "-m", "m", "v1"});
  EXPECT_EQ(checkout(root()).head()->size(), 64U);
  EXPECT_THAT(tags(), ElementsAre("v1"));
  EXPECT_THAT(modified({"a"}), IsEmpty());
  write("a", "y");
  EXPECT_THAT(modified({"a"}), ElementsAre("a"));
}

// Every way a repository has to name a program leaves a marker when it is used.
TEST_F(Git, Hostile039_NoProgramOfTheRepositoryRuns) {
  write("a");
  write("b.txt", "x\n");
  commit();
  git({"tag", "-a", "-m", "m", "v1"});
  const auto program = root() / "evil.sh";
  write("evil.sh", fmt::format("#!/bin/sh\ntouch '{}'\ncat\n", marker().native()));
  fs::permissions(program, fs::perms::owner_all);
  const auto evil = program.native();
  write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
  write(".git/info/attributes", "* filter=evil diff=evil\n");
  for (const auto* const hook :
       {"post-index-change", "reference-transaction", "post-checkout", "pre-commit", "fsmonitor-watchman"}) {
    write(fs::path("hooks") / hook, fmt::format("#!/bin/sh\ntouch '{}'\n", marker().native()));
    fs::permissions(root() / "hooks" / hook, fs::perms::owner_all);
  }
  write(".git/extra", fmt::format("[core]\n\tsshCommand = {0}\n\talternateRefsCommand = {0}\n", evil));
  write(".git/config",
        fmt::format(
            "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = {0}\n\thooksPath = {1}\n\tpager = {0}\n"
            "\teditor = {0}\n\tgitProxy = {0}\n\taskPass = {0}\n[include]\n\tpath = extra\n"
            "[filter \"evil\"]\n\tclean = {0}\n\tsmudge = {0}\n\tprocess = {0}\n\trequired = true\n"
            "[diff \"evil\"]\n\ttextconv = {0}\n\tcommand = {0}\n[diff]\n\texternal = {0}\n"
            "[alias]\n\tls-tree = !{0}\n\thash-object = !{0}\n\tshow-ref = !{0}\n"
            "[credential]\n\thelper = {0}\n[extensions]\n\tpartialClone = origin\n"
            "[remote \"origin\"]\n\tpromisor = true\n\turl = ext::{0}\n\tuploadpack = {0}\n",
            evil, (root() / "hooks").native()));
  write(".hg/hgrc", fmt::format("[hooks]\npre-status = {}\n", evil));
  EXPECT_EQ(checkout(root()).head()->size(), 40U);
  EXPECT_THAT(tags(), ElementsAre("v1"));
  EXPECT_THAT(modified({"a", "b.txt"}), IsEmpty());
  write("a", "changed");
  fs::last_write_time(root() / "b.txt", fs::file_time_type::clock::now());
  EXPECT_THAT(modified({"a", "b.txt", "evil.sh"}), ElementsAre("a", "evil.sh"));
  EXPECT_FALSE(fs::exists(marker()));
  // The trap works: git itself, trusting the repository, runs it.
  run({{git_program, "status"}, {"PATH=/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM=1"}, root()}, {});
  EXPECT_TRUE(fs::exists(marker()));
}

TEST_F(Git, Hostile039_ARepositoryOfAnotherUser) {
  write("a");
  commit();
  if (::chown(root().c_str(), 12345, 12345) != 0 || ::chown((root() / ".git").c_str(), 12345, 12345) != 0)
    GTEST_SKIP() << "only root can give folders away";
  EXPECT_THAT(modified({"a"}), IsEmpty());
}

TEST_F(Git, MalformedRepositoriesSayNothing) {
  commit();
  const auto head = [&](std::string_view text) {
    write(".git/HEAD", text);
    return checkout(root()).head();
  };
  EXPECT_EQ(head(""), std::nullopt);
  EXPECT_EQ(head("ref: ../../../etc/passwd\n"), std::nullopt);
  EXPECT_EQ(head("ref: refs/heads/.invalid\n"), std::nullopt);  // what reftable leaves there
  EXPECT_EQ(head("ref: HEAD\n"), std::nullopt);
  EXPECT_EQ(head(std::string(40, 'G')), std::nullopt);
  EXPECT_EQ(head(std::string(100'000, 'a')), std::nullopt);
  write(".git/HEAD", "ref: refs/heads/main\n");
  write(".git/packed-refs", "garbage\n^\n^zz\n\0\n" + std::string(41, 'a') + " refs/tags/x\n");
  EXPECT_THAT(tags(), IsEmpty());
  EXPECT_NE(checkout(root()).head(), std::nullopt);
}

TEST(GitReferences, Names) {
  for (const auto* const good : {"HEAD", "refs/tags/v1.0", "refs/heads/a/b", "refs/tags/ü", "refs/tags/-x"})
    EXPECT_TRUE(is_reference_name(good)) << good;
  for (const auto* const bad :
       {"",   "/a",  "a/", "a//b", "a..b", ".a",   "a/.b",  "a.lock", "a.lock/b", "a b", "a~1",
        "a^", "a:b", "a?", "a*",   "a[",   "a\\b", "a@{1}", "a.",     "a\x7f",    "../a"})
    EXPECT_FALSE(is_reference_name(bad)) << bad;
}

// What verify builds again from (hostile 246); attributes of the tree run no program and change no byte
// (hostile 39).
TEST_F(Git, ChecksACommitOutAsTheObjectsHaveIt) {
  write_file(root() / ".gitattributes", "*.txt eol=crlf ident filter=evil\n",
             AtomicFile::Durability::content);
  write_file(root() / "a.txt", "one\n$Id$\n", AtomicFile::Durability::content);
  git({"add", "."});
  git({"commit", "-q", "-m", "first"});
  const auto first = git({"rev-parse", "HEAD"});
  write_file(root() / "a.txt", "two\n", AtomicFile::Durability::content);
  git({"commit", "-q", "-a", "-m", "second"});
  git({"config", "filter.evil.smudge", "touch " + marker().native()});
  const auto checkout = GitCheckout::find(root());
  const auto into = scratch() / "into";
  make_directories(into);
  checkout->check_out(first, "", into, git_program, {}, scratch());
  EXPECT_EQ(read_file(into / "a.txt", 100), "one\n$Id$\n");
  EXPECT_FALSE(fs::exists(marker()));
  const auto copy = GitCheckout::find(into);
  ASSERT_TRUE(copy);
  EXPECT_THAT(copy->head(), Optional(first));
  EXPECT_THAT(copy->modified({into / "a.txt"}, git_program, {}, scratch()), Optional(IsEmpty()));
}

TEST_F(Git, ACommitThatIsNotThereIsSaidWithWhatToDo) {
  write_file(root() / "a", "a", AtomicFile::Durability::content);
  git({"add", "."});
  git({"commit", "-q", "-m", "first"});
  const auto checkout = GitCheckout::find(root());
  const auto into = scratch() / "into";
  make_directories(into);
  try {
    checkout->check_out(std::string(40, 'b'), "", into, git_program, {}, scratch());
    FAIL() << "it was checked out";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_THAT(error.hints(), ElementsAre(testing::HasSubstr("git fetch")));
  }
}

}  // namespace
}  // namespace whittle::builder
