#include "evidence/key_source.hpp"

#include <sys/stat.h>

#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

using evidence::KeySource;

class KeySourceTest : public ::testing::Test {
 protected:
  KeySourceTest() {
    context_.working_directory = folder_.path();
    context_.password = no_password;
    context_.variable = [](const std::string& name) {
      return name == "KEY" ? std::optional(std::string(ec_pkcs8)) : std::nullopt;
    };
    context_.environment = {"PATH=/usr/bin:/bin", "MARK=here"};
  }
  void write(const std::string& name, std::string_view text, mode_t mode = 0600) {
    write_file(folder_.path() / name, text, AtomicFile::Durability::content, mode);
  }
  std::string signing_with(const std::string& source) {
    return failure([&] {
      const auto signer = open_signer(KeySource::parse(source), context_);
      if (!signer->public_key().verifies("message", signer->sign("message")))
        throw Error(ErrorKind::internal, "no");
    });
  }
  // A key command: what it does when asked for its public key, and to sign.
  void command(const std::string& sign, const std::string& key = "cat key.pub") {
    write("key.pub", ec_public);
    write("key.pem", ec_pkcs8);
    write("kms",
          "#!/bin/sh\n[ \"$MARK\" = here ] && [ \"$1\" = fixed ] || exit 9\ncase $2 in public-key) " + key +
              ";; sign) " + sign + ";; esac\n",
          0700);
  }

  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
  evidence::KeyContext context_;
};

TEST_F(KeySourceTest, AFileAVariableAndACommandSign) {
  write("a.key", ec_pkcs8);
  EXPECT_EQ(signing_with("a.key"), "no error");
  EXPECT_EQ(signing_with("env:KEY"), "no error");
  command("openssl dgst -sha256 -sign key.pem");
  EXPECT_EQ(signing_with("cmd:./kms fixed"), "no error");
  command("openssl dgst -sha256 -sign key.pem | base64");
  EXPECT_EQ(signing_with("cmd:./kms  fixed "), "no error");
  EXPECT_EQ(open_public_key(KeySource::parse("cmd:./kms fixed"), context_), public_key());
}

TEST_F(KeySourceTest, AKeyThatIsNotThereIsNamed) {
  EXPECT_THAT(signing_with("absent.key"), StartsWith("auth: "));
  EXPECT_EQ(signing_with("env:OTHER"), "usage: the variable OTHER is not set, and a key is expected in it");
  EXPECT_THAT(signing_with("cmd:absent"), StartsWith("not-found: the key command absent is not in PATH"));
  EXPECT_THAT(signing_with("cmd:./absent"), StartsWith("not-found: "));
}

TEST_F(KeySourceTest, WhatIsNoNameOfAKeyIsRefused) {  // hostile 237: and a key is not repeated
  for (const auto* text : {"", "env:", "env:A-B", "env:1", "cmd:", "cmd:  ", "awskms://alias/x"})
    EXPECT_THAT(failure([&] { KeySource::parse(text); }), StartsWith("usage: ")) << text;
  EXPECT_EQ(failure([] { KeySource::parse(ec_pkcs8); }).find("MI"), std::string::npos);
}

TEST_F(KeySourceTest, ACommandThatFailsOrLiesIsToldAndItsSignatureNotUsed) {
  command("cat");  // the message itself
  EXPECT_THAT(signing_with("cmd:./kms fixed"),
              StartsWith("auth: the key command ./kms answered with 7 bytes that are no signature"));
  command("echo no such key >&2; exit 3");
  EXPECT_THAT(signing_with("cmd:./kms fixed"),
              HasSubstr("failed with exit code 3 when asked to `sign`: \"no such key\""));
  EXPECT_THAT(signing_with("cmd:./kms other"), HasSubstr("exit code 9 when asked to `public-key`"));
  command("cat", "cat key.pem");
  EXPECT_THAT(signing_with("cmd:./kms fixed"), StartsWith("auth: the key command ./kms is no public key"));
  command("cat", "sleep 60");
  context_.time_limit = std::chrono::milliseconds(300);
  EXPECT_THAT(signing_with("cmd:./kms fixed"), HasSubstr("took longer"));
}

}  // namespace
}  // namespace whittle::test
