#include "cli/exit_codes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <regex>
#include <string>

#include "common/file.hpp"

namespace whittle::cli {
namespace {

// The kinds of docs/exit-codes.md with the code of their row.
std::map<std::string, std::string> documented() {
  const std::string source = std::getenv("WHITTLE_SOURCE_DIR");
  const auto text = read_file(source + "/docs/exit-codes.md", 1U << 20U);
  static const std::regex row(R"(\| ([0-9, ]+) \| ([^|]*) \|)");
  static const std::regex kind("`([a-z-]+)`");
  std::map<std::string, std::string> codes;
  for (std::sregex_iterator line(text.begin(), text.end(), row); line != std::sregex_iterator(); ++line) {
    const auto kinds = line->str(2);
    for (std::sregex_iterator one(kinds.begin(), kinds.end(), kind); one != std::sregex_iterator(); ++one)
      codes[one->str(1)] = line->str(1);
  }
  return codes;
}

// Kinds that messages call the same have names of their own in the documentation.
std::string documented_name(ErrorKind kind) {
  if (kind == ErrorKind::spec_limit) return "spec-limit";
  if (kind == ErrorKind::machine_limit) return "machine-limit";
  if (kind == ErrorKind::remote_conflict) return "remote-conflict";
  return std::string(name_of(kind));
}

TEST(ExitCodes, AreThoseOfTheDocumentation) {
  const auto codes = documented();
  for (int i = 0; i < static_cast<int>(ErrorKind::interrupted); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    const auto name = documented_name(kind);
    ASSERT_TRUE(codes.contains(name)) << name;
    EXPECT_EQ(codes.at(name), std::to_string(exit_code_of(kind, 0))) << name;
  }
  EXPECT_EQ(codes.at("interrupted"), "130, 143");
}

TEST(ExitCodes, AreToldInManualPagesAsInTheDocumentation) {
  const std::string source = std::getenv("WHITTLE_SOURCE_DIR");
  const auto text = read_file(source + "/docs/exit-codes.md", 1U << 20U);
  std::size_t rows = 0;
  for (const auto& code : exit_codes()) {
    const auto row = text.find(fmt::format("\n| {} |", code.codes));
    ASSERT_NE(row, std::string::npos) << code.codes;
    const auto line = text.substr(row + 1, text.find('\n', row + 1) - row - 1);
    EXPECT_NE(line.find(fmt::format("| {} |", code.meaning)), std::string::npos) << line;
    ++rows;
  }
  EXPECT_EQ(rows, 14U);
}

TEST(ExitCodes, Hostile225_ASignalsOwnCode) {
  EXPECT_EQ(exit_code_of(ErrorKind::interrupted, 2), 130);
  EXPECT_EQ(exit_code_of(ErrorKind::interrupted, 15), 143);
  EXPECT_EQ(exit_code_of(ErrorKind::interrupted, 0), 130);
  EXPECT_EQ(exit_code_of(ErrorKind::io, 15), 11);  // what went wrong first counts
}

}  // namespace
}  // namespace whittle::cli
