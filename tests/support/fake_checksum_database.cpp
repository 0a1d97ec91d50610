#include "tests/support/fake_checksum_database.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>

#include "common/base64.hpp"
#include "toolchains/tiled_log.hpp"

namespace whittle::test {
namespace {

using toolchains::Tile;
using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

PrivateKey private_key(const std::string& seed) {
  PrivateKey key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                   reinterpret_cast<const unsigned char*>(seed.data()), seed.size()),
      &EVP_PKEY_free);
  if (!key) throw std::runtime_error("no key");
  return key;
}

std::string hash_of_key(const std::string& name, const std::string& key) {
  const auto digest = to_sha256(Digest::of(name + '\n' + key));
  return std::string(as_text(digest).substr(0, 4));
}

}  // namespace

FakeChecksumDatabase::FakeChecksumDatabase(std::string name, char seed)
    : name_(std::move(name)), seed_(32, seed) {
  std::array<unsigned char, 32> key{};
  std::size_t size = key.size();
  EVP_PKEY_get_raw_public_key(private_key(seed_).get(), key.data(), &size);
  public_key_ = '\1' + std::string(reinterpret_cast<const char*>(key.data()), size);
}

std::string FakeChecksumDatabase::verifier_key() const {
  std::string hash;
  for (const char byte : hash_of_key(name_, public_key_))
    hash += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return fmt::format("{}+{}+{}", name_, hash, base64_encoded(public_key_));
}

std::uint64_t FakeChecksumDatabase::add(const std::string& module, const std::string& version,
                                        const std::string& hash) {
  lookups_[module + '@' + version] = records_.size();
  records_.push_back(fmt::format("{0} {1} {2}\n{0} {1}/go.mod h1:none\n", module, version, hash));
  return records_.size() - 1;
}

void FakeChecksumDatabase::grow_to(std::uint64_t size) {
  while (records_.size() < size)
    records_.push_back(fmt::format("example.com/m{} v1.0.0 h1:none\n", records_.size()));
}

std::string FakeChecksumDatabase::signed_note(const std::string& text) const {
  std::array<unsigned char, 64> signature{};
  std::size_t size = signature.size();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto key = private_key(seed_);
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size,
                     reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1)
    throw std::runtime_error("signing failed");
  const auto bytes =
      hash_of_key(name_, public_key_) + std::string(reinterpret_cast<const char*>(signature.data()), size);
  return fmt::format("{}\n\xe2\x80\x94 {} {}\n", text, name_, base64_encoded(bytes));
}

std::string FakeChecksumDatabase::signed_head(std::uint64_t size) const {
  const auto hash = root(size);
  return signed_note(fmt::format("go.sum database tree\n{}\n{}\n", size, base64_encoded(as_text(hash))));
}

std::string FakeChecksumDatabase::lookup(std::uint64_t number) const {
  return fmt::format("{}\n{}\n{}", number, records_.at(number), signed_head());
}

std::map<std::string, std::string> FakeChecksumDatabase::files(const std::string& base) const {
  std::map<std::string, std::string> files{{base + "/supported", "yes"}};
  for (const auto& [name, number] : lookups_) files[base + "/lookup/" + name] = lookup(number);
  for (unsigned level = 0; level < 8 && records_.size() >> (8 * level) > 0; ++level) {
    const auto hashes = records_.size() >> (8 * level);
    for (std::uint64_t index = 0; index * 256 < hashes; ++index) {
      const Tile tile{level, index, std::min<std::uint64_t>(256, hashes - index * 256)};
      std::string bytes;
      for (std::uint64_t i = 0; i < tile.width; ++i) bytes += as_text(subtree(8 * level, index * 256 + i));
      files[base + '/' + tile.path()] = bytes;
    }
  }
  return files;
}

Sha256 FakeChecksumDatabase::subtree(unsigned height, std::uint64_t index) const {
  if (height == 0) return toolchains::record_hash(records_.at(index));
  return toolchains::node_hash(subtree(height - 1, 2 * index), subtree(height - 1, 2 * index + 1));
}

// RFC 6962, section 2.1, as it is written there.
Sha256 FakeChecksumDatabase::root(std::uint64_t size) const {
  const auto over = [&](const auto& self, std::uint64_t begin, std::uint64_t end) -> Sha256 {
    if (end - begin == 1) return toolchains::record_hash(records_.at(begin));
    std::uint64_t half = 1;
    while (half * 2 < end - begin) half *= 2;
    return toolchains::node_hash(self(self, begin, begin + half), self(self, begin + half, end));
  };
  return size == 0 ? toolchains::empty_tree_hash() : over(over, 0, size);
}

}  // namespace whittle::test
