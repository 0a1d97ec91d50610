#include "evidence/pem_block.hpp"

#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

using evidence::read_pem;

std::string read(const std::string& text) {
  return failure([&] { read_pem(text, "the key"); });
}

std::string with_line_ends(std::string_view text, std::string_view end) {
  std::string result;
  for (const char c : text) {
    if (c == '\n')
      result += end;
    else
      result += c;
  }
  return result;
}

TEST(PemBlock, AnyLineEndIsOne) {  // hostile 237
  const auto wanted = std::string(read_pem(ec_public, "the key").bytes.view());
  for (const char* end : {"\r\n", "\r", " \t\n", "\n\n", "\r\n\r\n"}) {
    const auto block = read_pem(with_line_ends(ec_public, end), "the key");
    EXPECT_EQ(block.label, "PUBLIC KEY");
    EXPECT_EQ(block.bytes.view(), wanted);
  }
  auto without_end = std::string(ec_public);
  without_end.pop_back();
  EXPECT_EQ(read_pem(without_end, "the key").bytes.view(), wanted);
}

TEST(PemBlock, SeveralBlocksAreRefusedButParametersBeforeTheirKey) {  // hostile 237
  EXPECT_THAT(read(std::string(ec_public) + std::string(ec_public)),
              StartsWith("auth: the key holds several PEM blocks"));
  EXPECT_THAT(read(std::string(ec_with_parameters) + std::string(ec_public)), HasSubstr("several"));
  EXPECT_EQ(read_pem(ec_with_parameters, "the key").label, "EC PRIVATE KEY");
}

TEST(PemBlock, TextThatIsNoBlockIsRefusedAndNotQuoted) {
  const std::string canary = "canary5f3a";
  for (const std::string& text : std::vector<std::string>{
           canary, canary + "\n" + std::string(ec_public), std::string(ec_public) + canary,
           "-----BEGIN " + canary + "-----\n", "-----BEGIN PUBLIC KEY-----\n" + canary + "\n",
           "-----BEGIN PUBLIC KEY-----\n" + canary + "\n-----END PUBLIC KEY-----\n",
           "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
           "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
           "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END EC PRIVATE "
           "KEY-----\n"}) {
    EXPECT_THAT(read(text), StartsWith("auth: the key")) << text;
    EXPECT_EQ(read(text).find(canary), std::string::npos) << read(text);
  }
  EXPECT_EQ(read(""), "auth: the key is empty");
  EXPECT_THAT(read(std::string(65 << 10, 'x')), HasSubstr("more than"));
}

}  // namespace
}  // namespace whittle::test
