// SPDX-License-Identifier: MIT
#include "platform/keys/machine_key.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "platform/base/assert.hpp"
#include "platform/base/random.hpp"

namespace junctor::keys {
namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr std::size_t kNonce = 12;  // SP 800-38D, section 8.2.2: random, so no counter to keep
constexpr std::size_t kTag = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;
Context make_context() {
  Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  JUNCTOR_ASSERT(context != nullptr);
  return context;
}

const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string to_base64(const std::vector<std::uint8_t>& octets) {
  std::vector<unsigned char> text(4 * ((octets.size() + 2) / 3) + 1);
  const int size = EVP_EncodeBlock(text.data(), octets.data(), static_cast<int>(octets.size()));
  return {text.begin(), text.begin() + size};
}

std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::vector<std::uint8_t> octets(text.size() / 4 * 3);
  if (EVP_DecodeBlock(octets.data(), octets_of(text), static_cast<int>(text.size())) < 0)
    return std::nullopt;
  // EVP_DecodeBlock counts the octets that padding stands for.
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  octets.resize(octets.size() - padding);
  return octets;
}

class File {
 public:
  File(const std::string& path, int flags)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, kOwnerOnly)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

Error failed(const std::string& path) { return Error{path, std::strerror(errno)}; }

Result<MachineKey> read_key(const std::string& path, const File& file) {
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0) return failed(path);
  if ((status.st_mode & 077) != 0)
    return Error{path, "may be read by others than its owner: chmod 600, or remove it"};
  // One octet more, to see that there is none.
  std::array<std::uint8_t, MachineKey::kSize + 1> octets{};
  const ssize_t got = ::read(file.fd(), octets.data(), octets.size());
  if (got < 0) return failed(path);
  if (got != static_cast<ssize_t>(MachineKey::kSize)) return Error{path, "is no key of 32 octets"};
  MachineKey::Octets key{};
  std::copy_n(octets.begin(), key.size(), key.begin());
  return MachineKey(key);
}

// The key has its name only when it is whole, and both are on the medium before it is used.
Result<MachineKey> make_key(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Error{folder.string(), error.message()};
  MachineKey::Octets key{};
  random_bytes(key);
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  const File file(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
  if (!file.is_open()) return failed(fresh);
  if (::write(file.fd(), key.data(), key.size()) != static_cast<ssize_t>(key.size()))
    return failed(fresh);
  if (::fsync(file.fd()) != 0) return failed(fresh);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed(path);
  const File names(folder.string(), O_RDONLY | O_DIRECTORY);
  // EINVAL: the file system has nothing to wait for here.
  if (!names.is_open() || (::fsync(names.fd()) != 0 && errno != EINVAL)) return failed(folder);
  return MachineKey(key);
}

}  // namespace

Result<MachineKey> MachineKey::open(const std::string& path) {
  const File file(path, O_RDONLY | O_NOFOLLOW);
  if (file.is_open()) return read_key(path, file);
  if (errno != ENOENT) return failed(path);
  return make_key(path);
}

std::string MachineKey::seal(std::string_view clear) const {
  std::vector<std::uint8_t> out(kNonce + clear.size() + kTag);
  random_bytes(MutableBytes(out).first(kNonce));
  const Context context = make_context();
  int size = 0;
  const bool is_done =
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, octets_.data(), out.data()) ==
          1 &&
      EVP_EncryptUpdate(context.get(), out.data() + kNonce, &size, octets_of(clear),
                        static_cast<int>(clear.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), out.data() + kNonce + clear.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTag,
                          out.data() + kNonce + clear.size()) == 1;
  JUNCTOR_ASSERT(is_done);  // it can only run out of memory
  return std::string(kSealed) + to_base64(out);
}

std::optional<std::string> MachineKey::unseal(std::string_view sealed) const {
  if (!sealed.starts_with(kSealed)) return std::nullopt;
  auto octets = from_base64(sealed.substr(kSealed.size()));
  if (!octets || octets->size() < kNonce + kTag) return std::nullopt;
  const std::size_t length = octets->size() - kNonce - kTag;
  std::string clear(length, '\0');
  const Context context = make_context();
  int size = 0;
  auto* out = reinterpret_cast<unsigned char*>(clear.data());
  const bool is_good = EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, octets_.data(),
                                          octets->data()) == 1 &&
                       EVP_DecryptUpdate(context.get(), out, &size, octets->data() + kNonce,
                                         static_cast<int>(length)) == 1 &&
                       EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTag,
                                           octets->data() + kNonce + length) == 1 &&
                       EVP_DecryptFinal_ex(context.get(), out + length, &size) == 1;
  if (!is_good) return std::nullopt;
  return clear;
}

}  // namespace junctor::keys
