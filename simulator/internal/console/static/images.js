// Readable names of container images.

const frameworks = { pytorch: 'PyTorch', tensorflow: 'TensorFlow', mxnet: 'MXNet', jax: 'JAX', paddle: 'Paddle', cuda: 'CUDA' };

/** Returns the last part of the repository without registry, tag and digest: pytorch for pytorch/pytorch:2.1.0-cuda12.1. */
export const shortImage = (image) => image.replace(/@.*$/, '').split('/').pop().replace(/:.*$/, '');

/** Returns "PyTorch 2.1.0 (CUDA 12.1)" for pytorch/pytorch:2.1.0-cuda12.1. Other forms of names are returned unchanged. */
export function imageTitle(image) {
  const framework = frameworks[shortImage(image)];
  const [, version, rest = ''] = /:([\d.]+)(?:-([\w.-]+))?$/.exec(image) ?? [];
  if (!framework || !version) return image;
  const about = rest.split('-').filter(Boolean)
    .map((part) => part.replace(/^cuda(?=\d)/, 'CUDA ').replace(/^cudnn(?=\d)/, 'cuDNN ').replace(/^gpu$/, 'GPU'));
  return about.length > 0 ? `${framework} ${version} (${about.join(', ')})` : `${framework} ${version}`;
}
