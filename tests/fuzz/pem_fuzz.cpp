// What is read as PEM reads the same with other line ends; keys in it are read or refused.
#include "evidence/pem_block.hpp"

#include <string>

#include "evidence/private_key.hpp"
#include "evidence/public_key.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace whittle::evidence;

void whittle::fuzz::pem_input(std::string_view input) {
  if (const auto key = parsed([&] { return PublicKey::parse(input, "the input"); }))
    require(PublicKey::parse(key->pem(), "ours") == *key, "a key that was read is read again");
  // Without a password: scrypt takes as long as it is meant to.
  parsed([&] {
    return PrivateKey::parse(
        input, []() -> SecretText { throw Error(ErrorKind::auth, "none"); }, "the input");
  });
  const auto block = parsed([&] { return read_pem(input, "the input"); });
  if (!block) return;
  std::string other;
  for (const char c : input) other += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const auto again = parsed([&] { return read_pem(other, "the input"); });
  require(other.size() > (64U << 10U) || (again && again->bytes.view() == block->bytes.view()),
          "line ends say nothing");
}
