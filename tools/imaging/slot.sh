# SPDX-License-Identifier: MIT
# Part of tools/image: what lies in a slot, the bundle that carries it, and the disk.
#
#   make_slot            $work/root.squashfs; $work/root.img: the same with its dm-verity tree; $work/boot.img: kernel,
#                        first file system and slot.cfg, a squashfs without compression, which GRUB reads
#   make_bundle FILE     signed, for RAUC
#   make_disk FILE       GPT: bios, esp, env, boot-a, boot-b, root-a, root-b, data

make_slot() {
  # The kernel is the boot loader's, and in the boot image only.
  mkdir "$work/boot"
  mv "$work"/root/boot/vmlinuz-* "$work/boot/vmlinuz"
  "$programs/bin/junctor-board" grub "${boards[@]}" >"$work/console.cfg"
  local compress=(-comp zstd -Xcompression-level 19) salt hash size
  [[ $quick ]] && compress=(-comp zstd -Xcompression-level 1)
  mksquashfs "$work/root" "$work/root.squashfs" "${compress[@]}" -b 256K -all-root -no-xattrs -no-progress -quiet \
    -processors 2 >"$work/mksquashfs.log"
  size=$(stat -c %s "$work/root.squashfs")
  size=$(((size + 4095) / 4096 * 4096))
  cp "$work/root.squashfs" "$work/root.img"
  truncate -s "$size" "$work/root.img"
  salt=$(printf 'junctor %s' "$version" | sha256sum | cut -d' ' -f1)
  hash=$(veritysetup format --hash-offset="$size" --salt="$salt" --uuid=00000000-0000-4000-8000-000000000001 \
    "$work/root.img" "$work/root.img" | sed -n 's/^Root hash:[[:space:]]*//p')
  [[ $hash ]] || { echo "tools/image: dm-verity's tree cannot be made" >&2; exit 1; }
  cp "$work/initrd.img" "$work/boot/initrd.img"
  cat >"$work/boot/slot.cfg" <<EOF
# Junctor $version. \$slot, \$start and \$extra are set by grub.cfg; the boards of this version say where the console is,
# and what else their kernel is told.
$(cat "$work/console.cfg")
linux /vmlinuz console=\$console ro quiet panic=5 intel_iommu=on iommu=pt \$kernel_arguments junctor.slot=\$slot junctor.start=\$start junctor.verity=$hash junctor.salt=$salt junctor.tree=$size rauc.slot=\$slot \$extra
initrd /initrd.img
EOF
  mksquashfs "$work/boot" "$work/boot.img" -noI -noD -noF -no-xattrs -all-root -no-progress -quiet >>"$work/mksquashfs.log"
  printf '%s  %s\n' "$hash" "$size" >"$work/verity"
}

make_bundle() {
  local content=$work/bundle
  mkdir -p "$content"
  ln -f "$work/root.img" "$content/root.img"
  ln -f "$work/boot.img" "$content/boot.img"
  cat >"$content/manifest.raucm" <<EOF
[update]
compatible=junctor-x86_64
version=$version

[bundle]
format=verity

[image.rootfs]
filename=root.img

[image.boot]
filename=boot.img
EOF
  sign "$content" "$1"
}

make_disk() {
  tools/imaging/disk.py --grub-cfg rootfs/grub/grub.cfg --console-cfg "$work/console.cfg" --root "$work/root.img" \
    --boot "$work/boot.img" --files "$work/disk" --work "$work" "$1"
}
