// A work tree of a foreign repository in which git may be run: nothing of the repository names a program
// (hostile.md, 39).
#include "optimizer/sealed_checkout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/file.hpp"
#include "common/subprocess.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/test_git.hpp"

namespace whittle::optimizer {
namespace {

namespace fs = std::filesystem;
using test::failure;
using test::git;
using test::git_program;
using testing::HasSubstr;
using testing::StartsWith;

class SealedCheckout : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(git_program)) GTEST_SKIP() << "these tests make their repositories with " << git_program;
    make_directories(repository());
    make_directories(sealed());
    git({"init", "-q", "-b", "main"}, repository());
    write("main.go", "package main\n");
    write("cmd/run.sh", "#!/bin/sh\n");
    fs::permissions(repository() / "cmd/run.sh", fs::perms(0755));
    commit();
    git({"tag", "v1.2.3"}, repository());
    git({"tag", "-a", "-m", "m", "of/a/folder"}, repository());
  }
  fs::path repository() const { return folder_.path() / "repository"; }
  fs::path sealed() const { return folder_.path() / "work" / "sealed"; }
  fs::path marker() const { return folder_.path() / "marker"; }

  void write(const fs::path& name, const std::string& text) const {
    make_directories((repository() / name).parent_path());
    write_file(repository() / name, text, AtomicFile::Durability::content);
  }
  std::string commit() const {
    git({"add", "-A"}, repository());
    git({"commit", "-q", "--allow-empty", "-m", "c"}, repository());
    return git({"rev-parse", "HEAD"}, repository());
  }
  void check_out(const std::string& commit, const fs::path& program = git_program) const {
    const auto found = builder::GitCheckout::find(repository());
    ASSERT_TRUE(found);
    check_out_sealed(*found, commit, sealed(), program, {});
  }
  std::string in_sealed(const std::vector<std::string>& arguments) const { return git(arguments, sealed()); }

  TemporaryFolder folder_{fs::temp_directory_path()};
};

TEST_F(SealedCheckout, HasTheFilesOfTheCommitAndNothingIsModified) {
  const auto first = git({"rev-parse", "HEAD"}, repository());
  write("main.go", "package later\n");
  write("later.go", "package later\n");
  commit();
  check_out(first);
  EXPECT_EQ(read_file(sealed() / "main.go", 100), "package main\n");
  EXPECT_FALSE(fs::exists(sealed() / "later.go"));
  EXPECT_EQ(in_sealed({"rev-parse", "HEAD"}), first);
  EXPECT_EQ(in_sealed({"status", "--porcelain"}), "");
  write_file(sealed() / "main.go", "package other\n", AtomicFile::Durability::content);
  EXPECT_EQ(in_sealed({"status", "--porcelain"}), " M main.go");
}

TEST_F(SealedCheckout, HasTheTagsThatGoTakesVersionsFrom) {
  git({"tag", "packed"}, repository());
  git({"pack-refs", "--all"}, repository());
  git({"tag", "loose"}, repository());
  check_out(git({"rev-parse", "HEAD"}, repository()));
  EXPECT_EQ(in_sealed({"tag", "--points-at", "HEAD"}), "loose\nof/a/folder\npacked\nv1.2.3");
}

TEST_F(SealedCheckout, Hostile039_NoProgramOfTheRepositoryRuns) {
  write(".gitattributes", "* filter=evil diff=evil\n");
  const auto id = commit();
  const auto evil = folder_.path() / "evil";
  write_file(evil, "#!/bin/sh\ntouch " + marker().native() + "\ncat\n", AtomicFile::Durability::content);
  fs::permissions(evil, fs::perms(0755));
  for (const auto* key : {"core.fsmonitor", "filter.evil.smudge", "filter.evil.clean", "filter.evil.process",
                          "diff.evil.textconv", "diff.external", "core.sshCommand", "core.pager"})
    git({"config", key, evil.native()}, repository());
  git({"config", "core.hooksPath", folder_.path().native()}, repository());
  for (const auto* hook : {"post-checkout", "post-index-change", "reference-transaction"})
    fs::copy_file(evil, folder_.path() / hook);
  check_out(id);
  EXPECT_FALSE(fs::exists(marker()));
  in_sealed({"status", "--porcelain"});
  in_sealed({"log", "-1", "-p"});
  EXPECT_FALSE(fs::exists(marker()));
  git({"status", "--porcelain"}, repository());  // where it does count
  EXPECT_TRUE(fs::exists(marker()));
}

TEST_F(SealedCheckout, ACommitThatIsNotThereIsSaid) {
  EXPECT_THAT(failure([&] { check_out(std::string(40, '1')); }), StartsWith("not-found: "));
}

TEST_F(SealedCheckout, WithoutGitItIsUnsupported) {
  const auto id = git({"rev-parse", "HEAD"}, repository());
  EXPECT_THAT(failure([&] { check_out(id, {}); }), HasSubstr("unsupported: "));
}

}  // namespace
}  // namespace whittle::optimizer
