/** Walking over HTML trees. */
import type { Element, ElementContent, Root, Text } from 'hast';

export type Parent = Root | Element;

/** Calls `visit` for every element, outer ones first; what it returns for an element decides whether its children are visited. */
export function visitElements(parent: Parent, visit: (element: Element, parent: Parent, index: number) => 'skip' | undefined): void {
  for (let index = 0; index < parent.children.length; index++) {
    const child = parent.children[index];
    if (child?.type === 'element' && visit(child, parent, index) !== 'skip') {
      visitElements(child, visit);
    }
  }
}

export function element(tagName: string, properties: Element['properties'], children: readonly (ElementContent | string)[]): Element {
  return { type: 'element', tagName, properties, children: children.map((child) => (typeof child === 'string' ? text(child) : child)) };
}

export function text(value: string): Text {
  return { type: 'text', value };
}

/** All text below a node. */
export function textOf(node: Parent | ElementContent): string {
  return node.type === 'text' ? node.value : 'children' in node ? node.children.map((child) => (child.type === 'doctype' ? '' : textOf(child))).join('') : '';
}
