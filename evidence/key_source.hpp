// Where a key comes from, as the user names it: a file, a variable, or a command that reaches a key
// elsewhere.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/cosign_key.hpp"
#include "evidence/signer.hpp"

namespace whittle::evidence {

struct KeySource {
  enum class Kind { file, variable, command };
  Kind kind = Kind::file;
  std::string name = {};                // the path, or the name of the variable
  std::vector<std::string> words = {};  // of the command

  // FILE, `env:NAME` or `cmd:PROGRAM [ARGUMENT…]`, whose words are parted by blanks: there is no shell and no
  // quoting. Error(usage) for what is ill-formed, and for a key itself where its name is meant; such a text
  // is not repeated.
  static KeySource parse(std::string_view text);
  // For messages: `key cosign.key`, `the variable RELEASE_KEY`.
  std::string describe() const;
};

// What a key may need, handed in by whoever reads the environment.
struct KeyContext {
  std::function<std::optional<std::string>(const std::string&)> variable = {};
  AskPassword password = {};
  std::function<std::filesystem::path(const std::string&)> find_program = {};
  std::vector<std::string> environment = {};  // of the command, complete
  std::filesystem::path working_directory = {};
  std::chrono::milliseconds time_limit = std::chrono::seconds(60);  // of the command
  std::stop_token stop = {};
};

// Error(auth) when there is no such key or it is none, Error(usage) when the variable is not set.
std::unique_ptr<Signer> open_signer(const KeySource& source, const KeyContext& context);
// For verifying. A command is asked for its public key; a private key in a file or a variable is Error(auth).
PublicKey open_public_key(const KeySource& source, const KeyContext& context);

}  // namespace whittle::evidence
